const ACCEPT = 'application/graphql-response+json, application/json;q=0.9, text/event-stream;q=0.8';

/**
 * Sends an operation to the address that this page came from, and nowhere else.
 *
 * GraphiQL has an editor for header fields and none for a request's extensions: what stands in the former under the name
 * "extensions", such as {"extensions": {"explain": true}}, is sent as the latter.
 *
 * GraphQL answers are JSON whatever their status, and a subscription's are events. Anything else (a proxy's page, a plain
 * refusal) becomes an error that says what came back.
 */
export async function fetcher(operation, { headers: { extensions, ...headers } = {} } = {}) {
  const controller = new AbortController();
  const response = await fetch(location.pathname, {
    method: 'POST',
    headers: { accept: ACCEPT, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(extensions === undefined ? operation : { ...operation, extensions }),
    signal: controller.signal,
  });
  const type = response.headers.get('content-type') ?? 'no content type';
  if (/^application\/([\w.-]+\+)?json\b/i.test(type)) return response.json();
  if (/^text\/event-stream\b/i.test(type)) return stoppable(results(response.body), controller);
  const text = (await response.text()).slice(0, 500);
  throw new Error(`The server answered ${response.status} ${response.statusText} with ${type}: ${text}`);
}

/** The results that server-sent events carry, one by one. */
async function* results(body) {
  let unread = '';
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const events = (unread + text).split('\n\n');
    unread = events.pop();
    for (const event of events) {
      if (event.startsWith('event: complete')) return;
      const [, data] = /^data: (.*)$/m.exec(event) ?? [];
      if (data) yield JSON.parse(data);
    }
  }
  throw new Error('The server ended the stream before it was complete: run the operation again.');
}

/** An iterator that stops while it waits for a result, which a generator's own `return` does not. */
function stoppable(iterator, controller) {
  const done = { done: true, value: undefined };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      try {
        return await iterator.next();
      } catch (error) {
        if (controller.signal.aborted) return done;
        throw error;
      }
    },
    async return() {
      controller.abort();
      return done;
    },
  };
}
