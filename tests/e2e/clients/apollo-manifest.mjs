// Apollo Client with the manifest of @apollo/generate-persisted-query-manifest: it sends ids alone.
import { readFile } from 'node:fs/promises';
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { generatePersistedQueryIdsFromManifest } from '@apollo/persisted-query-lists';
import { headers, noting, sent, tell, url } from './told.mjs';

const query = gql(await readFile('src/functions.graphql', 'utf8'));
const loadManifest = async () => JSON.parse(await readFile('persisted-query-manifest.json', 'utf8'));
const ids = new PersistedQueryLink(generatePersistedQueryIdsFromManifest({ loadManifest }));
const http = new HttpLink({ uri: url, headers, fetch: noting });
const cache = () => new InMemoryCache();

const { data } = await new ApolloClient({ link: ids.concat(http), cache: cache() }).query({ query, variables: { first: 2 } });
const byText = new ApolloClient({ link: http, cache: cache() }).query({ query });
tell({ data, sent: sent.slice(0, 1), refused: await byText.then(() => null, (error) => error.errors?.[0] ?? error.result?.errors?.[0] ?? String(error)) });
