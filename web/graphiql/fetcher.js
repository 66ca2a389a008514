const ACCEPT = 'application/graphql-response+json, application/json;q=0.9';

/**
 * Sends an operation to the address that this page came from, and nowhere else.
 *
 * GraphQL answers are JSON whatever their status. Anything else (a proxy's page, a plain refusal) becomes an error that
 * says what came back.
 */
export async function fetcher(operation, { headers } = {}) {
  const response = await fetch(location.pathname, {
    method: 'POST',
    headers: { accept: ACCEPT, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(operation),
  });
  const type = response.headers.get('content-type') ?? 'no content type';
  if (/^application\/([\w.-]+\+)?json\b/i.test(type)) return response.json();
  const text = (await response.text()).slice(0, 500);
  throw new Error(`The server answered ${response.status} ${response.statusText} with ${type}: ${text}`);
}
