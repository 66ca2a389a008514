// graphql-ws over Node's own WebSocket: a query and a subscription by id, a refusal, and a key that is none.
import { createClient } from 'graphql-ws';
import { key, tell, url } from './told.mjs';

const [, , , , queryId, clockId] = process.argv;
const connect = (authorization) =>
  createClient({ url: url.replace('http', 'ws'), retryAttempts: 0, connectionParams: { authorization } });

async function results(client, payload, most) {
  const found = [];
  for await (const result of client.iterate({ query: '', ...payload })) if (found.push(result) === most) break;
  return found;
}

const client = connect(`Bearer ${key}`);
const query = await results(client, { documentId: queryId, variables: { first: 2 } });
const ticks = await results(client, { documentId: clockId }, 2);
const refused = await results(client, { query: '{ __typename }' }).catch((errors) => errors);
const nobody = await results(connect('Bearer boxoffice_nobodys'), { documentId: queryId }).catch(({ code }) => code);
await client.dispose();
tell({ query, ticks, refused, nobody });
