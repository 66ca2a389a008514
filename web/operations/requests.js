/** How an operation is called: by its id, or, where that is all a caller has, by its route. */

/** The request for an operation with variables; the credential is added when it is sent. */
export function requestOf(operation, variables) {
  if (operation.example.method === 'GET') return { method: 'GET', path: addressOf(operation.route.path, variables) };
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

function curl({ method, path, headers, body }, origin) {
  if (method === 'GET') return `curl ${shell(origin + path)}`;
  const lines = [
    `curl ${shell(origin + path)}`,
    '-H "Authorization: Bearer $BOXOFFICE_KEY"',
    ...Object.entries(headers).map(([name, value]) => `-H ${shell(`${name}: ${value}`)}`),
    `-d ${shell(JSON.stringify(body))}`,
  ];
  return lines.join(' \\\n  ');
}

function javascript({ method, path, headers, body }, origin) {
  const address = JSON.stringify(origin + path);
  if (method === 'GET') {
    return `const response = await fetch(${address});\nif (!response.ok) throw new Error(response.status);\nconst data = await response.json();`;
  }
  const fields = { Authorization: '{{key}}', ...headers };
  const options = `{\n  method: 'POST',\n  headers: ${indent(JSON.stringify(fields, null, 2))},\n  body: JSON.stringify(${indent(JSON.stringify(body, null, 2))}),\n}`;
  return `const response = await fetch(${address}, ${options});\nconst { data, errors } = await response.json();`.replace(
    '"{{key}}"',
    '`Bearer ${process.env.BOXOFFICE_KEY}`',
  );
}

function python({ method, path, headers, body }, origin) {
  const address = JSON.stringify(origin + path);
  if (method === 'GET') {
    return `import httpx\n\nresponse = httpx.get(${address})\nresponse.raise_for_status()\ndata = response.json()\nprint(data)`;
  }
  const fields = Object.entries(headers).map(([name, value]) => `        ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`);
  return (
    `import os\n\nimport httpx\n\nresponse = httpx.post(\n    ${address},\n    headers={\n` +
    `        "Authorization": f"Bearer {os.environ['BOXOFFICE_KEY']}",\n${fields.join('')}    },\n` +
    `    json=${literal(body)},\n)\nanswer = response.json()\nprint(answer["data"])`
  );
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
