// A client of twenty lines: what graphql-codegen generated knows each operation's id.
import { readFile } from 'node:fs/promises';
import { headers, noting, sent, tell, url } from './told.mjs';

const manifest = JSON.parse(await readFile('gql/persisted-documents.json', 'utf8'));
const [documentId] = Object.entries(manifest).find(([, text]) => text.includes('query Functions'));
const answer = await noting(url, {
  method: 'POST',
  headers: { ...headers, 'content-type': 'application/json', accept: 'application/graphql-response+json' },
  body: JSON.stringify({ documentId, variables: { first: 2 } }),
});
tell({ ...(await answer.json()), sent });
