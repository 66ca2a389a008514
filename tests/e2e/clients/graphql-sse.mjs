// graphql-sse in its "distinct connections mode": a query and a subscription by id.
import { createClient } from 'graphql-sse';
import { headers, tell, url } from './told.mjs';

const [, , , , queryId, clockId] = process.argv;
const client = createClient({ url, headers, singleConnection: false, retryAttempts: 0 });

async function results(payload, most) {
  const found = [];
  for await (const result of client.iterate({ query: '', ...payload })) if (found.push(result) === most) break;
  return found;
}

const query = await results({ documentId: queryId, variables: { first: 2 } });
const ticks = await results({ documentId: clockId }, 2);
const refused = await results({ query: '{ __typename }' }).catch((error) => error.response?.status ?? String(error));
tell({ query, ticks, refused });
