import { isStorable } from '../../../shared/text.rules.ts';
import { mostUsedPasswords } from './mostUsedPasswords.rules.ts';

/** What generated names begin with, of guests and of those whom a provider vouched for; nobody else may have such a name. */
export const guestPrefix = 'guest-';
export const playerPrefix = 'player-';

export const longestPassword = 256;

/** Each of these answers undefined when the value is acceptable, else the sentence that names the broken rule. */
type Problem = string | undefined;

export function nameProblem(name: string): Problem {
  if (name.length < 3 || name.length > 32) return 'A name has 3 to 32 characters.';
  if (!/^[a-z]/i.test(name)) return 'A name begins with a letter from a to z.';
  if (!/^[a-z0-9._-]+$/i.test(name))
    return 'A name consists of letters from a to z, digits, dots, dashes and underscores.';
  return undefined;
}

/** For names that people choose. */
export function newNameProblem(name: string): Problem {
  const prefix = [guestPrefix, playerPrefix].find((each) => name.toLowerCase().startsWith(each));
  if (prefix) return `Names that begin with "${prefix}" are given by the server.`;
  return nameProblem(name);
}

/** For any password that is about to be hashed: what does not pass here could not have been set, and must not cost a hash. */
export function passwordProblem(password: string): Problem {
  if (lengthOf(password) > longestPassword) return `A password has at most ${longestPassword} characters.`;
  if (!isStorable(password)) return 'A password may not contain the NUL character or half of a character.';
  return undefined;
}

/** For passwords that people choose. NIST SP 800-63B-4, 3.1.1.2: length and a blocklist, no rules of composition. */
export function newPasswordProblem(password: string, name: string): Problem {
  const problem = passwordProblem(password);
  if (problem) return problem;
  if (lengthOf(password) < 8) return 'A password has at least 8 characters.';
  const lower = password.toLowerCase();
  if (lower === name.toLowerCase()) return 'The password must differ from the name.';
  if (mostUsedPasswords.has(lower)) return 'This password is one of the most used ones; choose another.';
  if (isSequence(lower)) return 'A password may not be one character repeated or a plain sequence.';
  return undefined;
}

export function deviceIdProblem(deviceId: string): Problem {
  if (deviceId.length < 16 || deviceId.length > 128) return 'A device id has 16 to 128 characters.';
  return isStorable(deviceId) ? undefined : 'A device id may not contain the NUL character or half of a character.';
}

export function idempotencyKeyProblem(key: string): Problem {
  return /^[\x20-\x7e]{1,100}$/.test(key) ? undefined : 'An idempotency key has 1 to 100 printable ASCII characters.';
}

/** In code points, so that an emoji is one; a string that is too long anyway is not taken apart. */
function lengthOf(password: string): number {
  return password.length > 2 * longestPassword ? password.length : [...password].length;
}

/** aaaaaaaa, abcdefgh, 98765432: every step is the same and no longer than one. */
function isSequence(text: string): boolean {
  const codes = [...text].map((character) => character.codePointAt(0) ?? 0);
  const steps = codes.slice(1).map((code, i) => code - (codes[i] ?? 0));
  return steps.every((step) => step === steps[0] && Math.abs(step) <= 1);
}
