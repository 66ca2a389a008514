/**
 * Asks this server, with the key of whoever signed in.
 *
 * The key lives as long as the page, never in the browser's storage: what runs later in this origin cannot find it.
 */
let key = null;

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export const signedIn = () => key !== null;

export function useKey(given) {
  key = given;
}

export function headers(more = {}) {
  return key === null ? more : { ...more, authorization: `Bearer ${key}` };
}

/** JSON from one of the registry's resources. */
export async function ask(path) {
  const response = await fetch(path, { headers: headers({ accept: 'application/json' }), cache: 'no-cache' });
  const told = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, told.detail ?? `${response.status} ${response.statusText}`);
  return told;
}
