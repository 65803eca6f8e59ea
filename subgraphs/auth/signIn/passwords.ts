import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { turnstile } from './turnstile.ts';

/** Memory in KiB, passes, lanes: the OWASP minimum for argon2id. */
export interface HashTerms {
  m: number;
  t: number;
  p: number;
}
export const currentTerms: HashTerms = { m: 19456, t: 2, p: 1 };

export interface Passwords {
  /** A PHC string: $argon2id$v=19$m=19456,t=2,p=1$salt$hash */
  hash(password: string): Promise<string>;
  /** Without a stored hash it takes as long and answers false, so that time does not tell which names exist. */
  verify(password: string, stored: string | null | undefined): Promise<boolean>;
}

const derive = promisify(argon2);
const saltBytes = 16;
const hashBytes = 32;

/**
 * Hashing takes a core and 19 MiB: at most `atOnce` run and `waiting` wait, no longer than `patienceMs`, since whoever asks has a limit of
 * its own; beyond that the answer is UNAVAILABLE.
 */
export function openPasswords({ atOnce = 4, waiting = 60, patienceMs = 5000, terms = currentTerms } = {}): Passwords {
  const enter = turnstile(atOnce, waiting, patienceMs);
  const nobody = phc(terms, randomBytes(saltBytes), randomBytes(hashBytes));
  return {
    hash: (password) =>
      enter(async () => {
        const salt = randomBytes(saltBytes);
        return phc(terms, salt, await hashOf(password, salt, terms, hashBytes));
      }),
    verify: (password, stored) =>
      enter(async () => {
        const { terms, salt, hash } = parse(stored ?? nobody);
        const matches = timingSafeEqual(await hashOf(password, salt, terms, hash.length), hash);
        return matches && Boolean(stored);
      }),
  };
}

/** Whether a stored hash was made under weaker terms than today's. */
export function needsRehash(stored: string): boolean {
  const { terms } = parse(stored);
  return terms.m < currentTerms.m || terms.t < currentTerms.t || terms.p < currentTerms.p;
}

/** NFKC, so that a password typed on another keyboard is the same one (NIST SP 800-63B-4, 3.1.1.2). */
const hashOf = (password: string, salt: Buffer, { m, t, p }: HashTerms, length: number): Promise<Buffer> =>
  derive('argon2id', {
    message: password.normalize('NFKC'),
    nonce: salt,
    memory: m,
    passes: t,
    parallelism: p,
    tagLength: length,
  });

const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');

const phc = ({ m, t, p }: HashTerms, salt: Buffer, hash: Buffer) =>
  `$argon2id$v=19$m=${m},t=${t},p=${p}$${base64(salt)}$${base64(hash)}`;

function parse(stored: string): { terms: HashTerms; salt: Buffer; hash: Buffer } {
  const [, m, t, p, salt, hash] =
    /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/.exec(stored) ?? [];
  if (!salt || !hash) throw new Error('a stored password hash is not a PHC string of argon2id');
  return {
    terms: { m: Number(m), t: Number(t), p: Number(p) },
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  };
}
