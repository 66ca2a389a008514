// What every client here is told on the command line, and a fetch that notes what it sends.
export const [url, key] = process.argv.slice(2);
export const headers = { authorization: `Bearer ${key}` };
export const sent = [];

export async function noting(address, options = {}) {
  const body = options.body ? JSON.parse(options.body) : Object.fromEntries(new URL(address).searchParams);
  sent.push([options.method ?? 'GET', Object.keys(body).filter((name) => body[name] !== undefined).sort()]);
  return fetch(address, options);
}

export const tell = (value) => process.stdout.write(JSON.stringify(value));
