/** What this device knows by itself. */

/** 32 characters that nobody can guess; `crypto.randomUUID` is there on secure pages only. */
export const randomKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** A guest's password: made once and kept here. */
export function deviceId(): string {
  const key = 'questline.device';
  const known = localStorage.getItem(key);
  if (known) return known;
  const made = randomKey() + randomKey();
  localStorage.setItem(key, made);
  return made;
}
