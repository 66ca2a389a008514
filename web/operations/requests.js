/** How an operation is called: by its id, or, where that is all a caller has, by its route. */

/** The request for an operation with variables, by its `id` or its `route`; the credential is added when it is sent. */
export function requestOf(operation, variables, way) {
  if (way === 'route') return { method: 'GET', path: addressOf(operation.route.path, variables), headers: {} };
  const { method, path, headers } = operation.example;
  return { method, path, headers, body: { documentId: operation.id, variables } };
}

function addressOf(template, variables) {
  const rest = new URLSearchParams();
  let path = template;
  for (const [name, value] of Object.entries(variables)) {
    if (path.includes(`{${name}}`)) path = path.replace(`{${name}}`, () => encodeURIComponent(value));
    else for (const each of [value].flat()) if (each !== null) rest.append(name, each);
  }
  return rest.size ? `${path}?${rest}` : path;
}

export const LANGUAGES = { curl, fetch: javascript, Python: python };

function curl({ path, headers, body }, origin, keyed) {
  const lines = [
    `curl ${shell(origin + path)}`,
    keyed ? '-H "Authorization: Bearer $BOXOFFICE_KEY"' : null,
    ...Object.entries(headers).map(([name, value]) => `-H ${shell(`${name}: ${value}`)}`),
    body ? `-d ${shell(JSON.stringify(body))}` : null,
  ];
  return lines.filter(Boolean).join(' \\\n  ');
}

function javascript({ method, path, headers, body }, origin, keyed) {
  const address = JSON.stringify(origin + path);
  const fields = keyed ? { Authorization: '{{key}}', ...headers } : headers;
  const options = [
    method === 'GET' ? null : `  method: '${method}',\n`,
    Object.keys(fields).length ? `  headers: ${indent(JSON.stringify(fields, null, 2))},\n` : null,
    body ? `  body: JSON.stringify(${indent(JSON.stringify(body, null, 2))}),\n` : null,
  ].filter(Boolean);
  const given = options.length ? `, {\n${options.join('')}}` : '';
  const call = `const response = await fetch(${address}${given});\n`;
  const read = body
    ? 'const { data, errors } = await response.json();'
    : 'if (!response.ok) throw new Error(response.status);\nconst data = await response.json();';
  return `${call}${read}\nconsole.log(data);`.replace('"{{key}}"', '`Bearer ${process.env.BOXOFFICE_KEY}`');
}

function python({ method, path, headers, body }, origin, keyed) {
  const fields = [
    keyed ? `        "Authorization": f"Bearer {os.environ['BOXOFFICE_KEY']}",\n` : null,
    ...Object.entries(headers).map(([name, value]) => `        ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`),
  ].filter(Boolean);
  const given = [
    `    ${JSON.stringify(origin + path)},\n`,
    fields.length ? `    headers={\n${fields.join('')}    },\n` : null,
    body ? `    json=${literal(body)},\n` : null,
  ].filter(Boolean);
  const imports = keyed ? 'import os\n\nimport httpx\n' : 'import httpx\n';
  const read = body
    ? 'answer = response.json()\nprint(answer["data"])'
    : 'response.raise_for_status()\ndata = response.json()\nprint(data)';
  return `${imports}\nresponse = httpx.${method.toLowerCase()}(\n${given.join('')})\n${read}`;
}

const shell = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
const indent = (text) => text.replaceAll('\n', '\n  ');

/** A JSON value as Python writes it. */
function literal(value) {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.entries(value).map(([name, each]) => `${JSON.stringify(name)}: ${literal(each)}`).join(', ')}}`;
}
