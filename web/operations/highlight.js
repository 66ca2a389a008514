/** Colours GraphQL and JSON: text in, spans out. */
import { h } from './dom.js';

const GRAPHQL = [
  ['comment', /#[^\n]*/],
  ['string', /"""(?:\\"""|[^])*?"""|"(?:\\.|[^"\\\n])*"/],
  ['variable', /\$[_A-Za-z]\w*/],
  ['directive', /@[_A-Za-z]\w*/],
  ['number', /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/],
  ['keyword', /\b(?:query|mutation|subscription|fragment|on)\b(?!\s*[:(])/],
  ['literal', /\b(?:true|false|null|[A-Z][A-Z0-9_]+)\b/],
  ['type', /\b[A-Z]\w*(?=\s*[!\],){=]|\s*$)/],
  ['argument', /\b[_A-Za-z]\w*(?=\s*:)/],
];

const JSON_TOKENS = [
  ['argument', /"(?:\\.|[^"\\])*"(?=\s*:)/],
  ['string', /"(?:\\.|[^"\\])*"/],
  ['number', /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/],
  ['literal', /\b(?:true|false|null)\b/],
];

export const graphql = (text) => highlight(text, GRAPHQL);
export const json = (value) => highlight(JSON.stringify(value, null, 2), JSON_TOKENS);

function highlight(text, tokens) {
  const pattern = new RegExp(tokens.map(([name, { source }]) => `(?<${name}>${source})`).join('|'), 'gm');
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    const [kind] = Object.entries(match.groups).find(([, value]) => value !== undefined);
    parts.push(text.slice(end, match.index), h('span', { class: `t-${kind}` }, match[0]));
    end = match.index + match[0].length;
  }
  return [...parts, text.slice(end)];
}
