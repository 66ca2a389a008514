import './style.css';

import { Refused, ask, signedIn, useKey } from './api.js';
import { detailView } from './detail.js';
import { h } from './dom.js';

const PAGE = 50;
const PAUSE = 150; // milliseconds without a keystroke before a search

const byId = (id) => document.getElementById(id);
const [detail, results, count, more, query, session] = ['detail', 'results', 'count', 'more', 'query', 'session'].map(byId);

let next = null;
let asked = 0;
let shown = '';

/** Lists what the caller may call and what the search finds, from the beginning. */
async function list() {
  const turn = ++asked;
  try {
    const page = await ask(`operations?first=${PAGE}&q=${encodeURIComponent(query.value.trim())}`);
    if (turn !== asked) return; // a later search is under way
    results.replaceChildren(...page.operations.map(item));
    follow(page);
    count.textContent = counted(page);
  } catch (error) {
    if (turn === asked) count.textContent = toldOf(error);
  }
}

async function listMore() {
  const turn = asked;
  const page = await ask(next);
  if (turn !== asked) return;
  const items = page.operations.map(item);
  results.append(...items);
  follow(page);
  items[0].querySelector('a').focus();
}

function follow(page) {
  next = page.next;
  more.hidden = next === null;
  mark();
}

function counted({ count: found, client }) {
  const what = `${found} operation${found === 1 ? '' : 's'}`;
  if (client) return what;
  return found || query.value ? `${what} that anyone may call` : 'Sign in with an API key to see what it may call.';
}

function item(operation) {
  return h(
    'li',
    {},
    h(
      'a',
      { href: `#${encodeURIComponent(operation.id)}`, 'data-id': operation.id },
      h('strong', {}, operation.name ?? operation.id),
      h('span', { class: 'meta' }, operation.route ? `GET ${operation.route.path}` : operation.kind),
      operation.state === 'active' ? null : h('span', { class: `badge ${operation.state}` }, operation.state),
    ),
  );
}

function mark() {
  for (const link of results.querySelectorAll('a')) {
    if (link.dataset.id === shown) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

const chosenId = () => decodeURIComponent(location.hash.slice(1));

/** Shows the operation that the address names, or else the first. */
async function show() {
  const id = chosenId() || results.querySelector('a')?.dataset.id || '';
  shown = id;
  mark();
  if (!id) {
    detail.replaceChildren(welcome());
    return;
  }
  try {
    const operation = await ask(`operations/${encodeURIComponent(id)}`);
    if (id !== shown) return; // another one was chosen meanwhile
    document.title = `${operation.name ?? operation.id} · Boxoffice`;
    detail.replaceChildren(...detailView(operation));
    detail.scrollTo(0, 0);
  } catch (error) {
    detail.replaceChildren(h('p', { class: 'warning', role: 'alert' }, toldOf(error)));
  }
}

function welcome() {
  const text = signedIn()
    ? 'Nothing is published for this client yet: `boxoffice operations publish` makes a release.'
    : 'Nothing can be called without a key. Sign in above with the key of a client.';
  return h('p', { class: 'hint' }, text);
}

function toldOf(error) {
  if (!(error instanceof Refused)) return `The server cannot be reached: ${error.message}`;
  if (error.status === 404 && !signedIn()) return 'No public operation has this id. Sign in with the key of the client that has it.';
  return error.message;
}

function drawSession(name) {
  if (name) {
    const out = h('button', { type: 'button', onclick: () => start(null) }, 'Sign out');
    session.replaceChildren(h('span', {}, 'Signed in as ', h('strong', {}, name)), out);
    return;
  }
  const field = h('input', { id: 'key', type: 'password', required: true, autocomplete: 'off', spellcheck: 'false', placeholder: 'boxoffice_…' });
  const status = h('span', { role: 'alert', class: 'status bad' });
  const signIn = async (event) => {
    event.preventDefault();
    status.textContent = await start(field.value.trim());
  };
  session.replaceChildren(h('form', { onsubmit: signIn }, h('label', { for: 'key' }, 'API key'), field, h('button', {}, 'Sign in'), status));
}

/** Begins as the holder of a key, or as anyone; says why not, if that cannot be. */
async function start(key) {
  useKey(key);
  let client = null;
  try {
    ({ client } = await ask('operations?first=1'));
  } catch (error) {
    useKey(null);
    return toldOf(error);
  }
  drawSession(client);
  query.value = '';
  await list();
  await show();
  return '';
}

let waiting;
query.addEventListener('input', () => {
  clearTimeout(waiting);
  waiting = setTimeout(list, PAUSE);
});
byId('search').addEventListener('submit', (event) => {
  event.preventDefault();
  list();
});
more.addEventListener('click', listMore);
/** With a key, the document is of its client: a link cannot carry the key, so the page fetches it and hands it over. */
byId('openapi').addEventListener('click', async (event) => {
  if (!signedIn()) return;
  event.preventDefault();
  const text = JSON.stringify(await ask('operations/openapi.json'), null, 2);
  const href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  h('a', { href, download: 'openapi.json' }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
});
addEventListener('hashchange', async () => {
  await show();
  detail.focus({ preventScroll: true });
});

drawSession(null);
await list();
await show();
