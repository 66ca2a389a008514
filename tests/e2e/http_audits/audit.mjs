// Puts every server audit of graphql-http to the URL given, and prints [{id, name, status, reason}] as JSON.
import { pathToFileURL } from 'node:url';

const [url, packages] = process.argv.slice(2);
const { auditServer } = await import(new URL('node_modules/graphql-http/lib/index.mjs', pathToFileURL(packages + '/')));

const results = await auditServer({ url });
const report = results.map(({ id, name, status, reason }) => ({ id, name, status, reason }));
process.stdout.write(JSON.stringify(report));
