// urql's persisted exchange: with the ids that graphql-codegen wrote, or with hashes as it goes.
import { readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { Client, fetchExchange, gql } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import { headers, noting, sent, tell, url } from './told.mjs';

const manifest = process.argv[4] && JSON.parse(await readFile(process.argv[4], 'utf8'));
const query = await readFile('src/functions.graphql', 'utf8');
const published = manifest && Object.entries(manifest).find(([, text]) => text.includes('query Functions'));

const exchange = persistedExchange({
  preferGetForPersistedQueries: true,
  enforcePersistedQueries: Boolean(published),
  generateHash: async (text) => (published ? published[0].replace('sha256:', '') : createHash('sha256').update(text).digest('hex')),
});
const client = new Client({ url, exchanges: [exchange, fetchExchange], fetch: noting, fetchOptions: { headers } });
const document = gql(published ? published[1] : query);

const ask = async () => (await client.query(document, { first: 2 }, { requestPolicy: 'network-only' }).toPromise());
const [first, second] = [await ask(), await ask()];
tell({ data: [first.data, second.data], errors: String(first.error ?? second.error ?? ''), sent });
