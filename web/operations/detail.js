/** One operation: what it is, its text, a form that runs it, how programs call it, who has called it. */
import { Refused, ask, headers, signedIn } from './api.js';
import { h } from './dom.js';
import { variablesForm } from './form.js';
import * as highlight from './highlight.js';
import { LANGUAGES, requestOf } from './requests.js';
import { usageView } from './usage.js';

export function detailView(operation) {
  const form = variablesForm(operation.variables, operation.example.body?.variables ?? exampleOf(operation));
  const snippet = snippetView(operation, form);
  return [
    heading(operation),
    section('Text', copyable(highlight.graphql(operation.text.trim()), operation.text)),
    section('Run it', runView(operation, form, snippet.update)),
    section('Call it', snippet.element),
    signedIn() ? section('Usage', ...usageSection(operation)) : null,
    section('Schemas', schema('Variables', operation.variables), schema('Answer', operation.result)),
  ].filter(Boolean);
}

/** The values of the example's address; a route's example has no others. */
function exampleOf(operation) {
  const template = operation.route.path.split('/');
  const [path, query] = operation.example.path.split('?');
  const inPath = path.split('/').flatMap((each, place) =>
    template[place].startsWith('{') ? [[template[place].slice(1, -1), decodeURIComponent(each)]] : [],
  );
  return Object.fromEntries([...inPath, ...new URLSearchParams(query)]);
}

function heading(operation) {
  const facts = [
    ['Id', h('code', {}, operation.id)],
    operation.route && ['Route', h('code', {}, `${operation.route.method} ${operation.route.path}`)],
    ['Release', `${operation.client} ${operation.release}`],
    operation.sunset && ['Ends', moment(operation.sunset)],
    operation.successor && ['Successor', h('a', { href: `#${encodeURIComponent(operation.successor)}` }, operation.successor)],
    operation.needs.length && ['Needs', operation.needs.join(', ')],
    ['Cost', `${operation.cost}, as in the example`],
    ['Depth', String(operation.depth)],
  ].filter(Boolean);
  return h(
    'header',
    { class: 'title' },
    h('h1', {}, operation.name ?? operation.id, ' ', badge(operation.kind), ' ', badge(operation.state)),
    operation.description ? h('p', { class: 'lead' }, operation.description) : null,
    operation.state === 'deprecated'
      ? h('p', { class: 'warning' }, operation.sunset ? `It is served until ${moment(operation.sunset)}.` : 'Its end was announced, without a date.')
      : null,
    h('dl', {}, facts.flatMap(([term, about]) => [h('dt', {}, term), h('dd', {}, about)])),
  );
}

function runView(operation, form, changed) {
  if (operation.kind === 'subscription') return h('p', { class: 'hint' }, 'A subscription is listened to over a WebSocket, or as server-sent events.');
  const status = h('p', { role: 'status', class: 'status' });
  const answer = h('pre', { class: 'answer', tabindex: 0, role: 'region', 'aria-label': 'Answer', hidden: true });
  const button = h('button', { class: 'primary' }, operation.kind === 'mutation' ? 'Run the mutation' : 'Run');

  async function run(event) {
    event.preventDefault();
    button.disabled = true;
    status.className = 'status';
    status.textContent = 'Running …';
    try {
      const way = operation.example.method === 'GET' ? 'route' : 'id';
      const { method, path, headers: given, body } = requestOf(operation, form.read(), way);
      const started = performance.now();
      const response = await fetch(path, { method, headers: headers(given), body: body && JSON.stringify(body), cache: 'no-store' });
      const value = await response.json();
      const failed = !response.ok || value?.errors !== undefined;
      status.classList.add(failed ? 'bad' : 'good');
      status.textContent = `${response.status} ${response.statusText}, ${Math.round(performance.now() - started)} ms${
        failed && response.ok ? ', with errors' : ''
      }`;
      answer.replaceChildren(...highlight.json(value));
      answer.hidden = false;
    } catch (error) {
      status.classList.add('bad');
      status.textContent = error.message;
    } finally {
      button.disabled = false;
    }
  }

  return h(
    'form',
    { class: 'run', onsubmit: run, oninput: changed },
    form.elements.length ? form.elements : h('p', { class: 'hint' }, 'It takes no variables.'),
    h('div', { class: 'actions' }, button, status),
    answer,
  );
}

function snippetView(operation, form) {
  if (operation.kind === 'subscription') return { element: h('p', { class: 'hint' }, 'Programs subscribe with any client of graphql-transport-ws, or of graphql-sse.'), update() {} };
  const shown = h('pre', { tabindex: 0, role: 'region', 'aria-label': 'Snippet' });
  let chosen = 'curl';
  let way = operation.example.method === 'GET' ? 'route' : 'id';

  function update() {
    try {
      shown.textContent = LANGUAGES[chosen](requestOf(operation, form.read(), way), location.origin, signedIn());
    } catch (error) {
      shown.textContent = error.message;
    }
  }

  const languages = choice('Language', 'language', Object.keys(LANGUAGES), chosen, (name) => {
    chosen = name;
    update();
  });
  // By its id and by its route, where the caller has both.
  const ways =
    operation.route && way === 'id'
      ? choice('Way', 'way', ['id', 'route'], way, (name) => {
          way = name;
          update();
        })
      : null;
  update();
  const element = h(
    'div',
    { class: 'snippet' },
    h('div', { class: 'toolbar' }, languages, ways, copyButton(() => shown.textContent)),
    shown,
  );
  return { element, update };
}

function choice(legend, name, values, chosen, choose) {
  const options = values.map((value) =>
    h(
      'label',
      {},
      h('input', { type: 'radio', name, value, checked: value === chosen, onchange: () => choose(value) }),
      h('span', {}, value),
    ),
  );
  return h('fieldset', { class: 'choice' }, h('legend', {}, legend), options);
}

/** What is counted, and a button to count again: processes write their counts every five seconds. */
function usageSection(operation) {
  const element = h('div', { class: 'usage' }, h('p', { class: 'hint' }, 'Counting …'));

  async function count() {
    element.setAttribute('aria-busy', 'true');
    try {
      element.replaceChildren(...usageView(await ask(`operations/${encodeURIComponent(operation.id)}/usage`)));
    } catch (error) {
      const told = error instanceof Refused ? error.message : `The server cannot be reached: ${error.message}`;
      element.replaceChildren(h('p', { class: 'hint' }, told));
    }
    element.removeAttribute('aria-busy');
  }

  count();
  return [element, h('button', { type: 'button', class: 'again', onclick: count }, 'Count again')];
}

function schema(name, value) {
  return h('details', {}, h('summary', {}, `${name}, as JSON Schema`), copyable(highlight.json(value), JSON.stringify(value, null, 2)));
}

function section(name, ...children) {
  const id = `section-${name.toLowerCase().replaceAll(' ', '-')}`;
  return h('section', { 'aria-labelledby': id }, h('h2', { id }, name), children);
}

function copyable(children, text) {
  return h('div', { class: 'copyable' }, h('pre', { tabindex: 0 }, h('code', {}, children)), copyButton(() => text));
}

function copyButton(text) {
  const button = h('button', { type: 'button', class: 'copy', 'aria-live': 'polite' }, 'Copy');
  button.addEventListener('click', async () => {
    const done = await navigator.clipboard.writeText(text()).then(
      () => 'Copied',
      () => 'Not allowed',
    );
    button.textContent = done;
    setTimeout(() => (button.textContent = 'Copy'), 1500);
  });
  return button;
}

const badge = (word) => h('span', { class: `badge ${word}` }, word);
const moment = (text) => new Date(text).toLocaleString([], { dateStyle: 'long', timeStyle: 'short' });
