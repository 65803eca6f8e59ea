/** Wrong passwords that an account has free. */
export const freeAttempts = 5;
/** How long an account's wrong passwords are counted together; the right one ends the count. */
export const countedSeconds = 3600;

/** Wrong passwords that one address may send, to whichever accounts, in a quarter of an hour. */
export const attemptsOfAddress = 20;
export const addressSeconds = 900;

const longestWaitSeconds = 900;

/** How long an account waits after so many wrong passwords: not at all at first, then 1, 2, 4 ... up to 900 seconds. */
export function waitSecondsAfter(wrong: number): number {
  return wrong < freeAttempts ? 0 : Math.min(2 ** (wrong - freeAttempts), longestWaitSeconds);
}

/** What counts as one address: a household has one of IPv4, and of IPv6 a network of 64 bits. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [before = '', after] = address.toLowerCase().split('::');
  const left = before ? before.split(':') : [];
  const right = after ? after.split(':') : [];
  const zeros = after === undefined ? [] : Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  return [...left, ...zeros, ...right].slice(0, 4).join(':');
}
