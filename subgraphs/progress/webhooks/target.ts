import { lookup as lookUp } from 'node:dns/promises';
import { type LookupFunction, isIP } from 'node:net';
import { isPublic } from './publicAddress.ts';

/** Which addresses webhooks may have, and what their names may lead to. */

export interface TargetSettings {
  /** For local demos and tests: http, and addresses that are not public. */
  allowPrivate: boolean;
  /** All addresses of a name; absent: as the system knows them. */
  resolve?(name: string): Promise<readonly { address: string; family: number }[]>;
}

const longest = 2000;

/** Why this cannot be a target, as a sentence; null: it can. What a name leads to is only seen when it is called. */
export function targetFault(text: string, { allowPrivate }: Pick<TargetSettings, 'allowPrivate'>): string | null {
  if (text.length > longest) return `A URL has at most ${longest} characters.`;
  const url = URL.parse(text);
  if (!url) return 'That is no URL.';
  if (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:'))
    return 'The URL has to begin with https://.';
  if (url.username || url.password) return 'The URL may not have a user or a password in it.';
  if (url.hash) return 'The URL may not have a fragment.';
  const address = literalOf(url);
  return address !== null && !allowPrivate && !isPublic(address) ? 'The address is not on the public internet.' : null;
}

/** The IP address that a URL names, in whichever spelling: the parser has made one of 0x7f.1 and 2130706433. Null: it has a name. */
function literalOf({ hostname }: URL): string | null {
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(address) ? address : null;
}

export class ForbiddenAddress extends Error {
  constructor() {
    super('the name of the host leads to an address that is not on the public internet');
  }
}

/**
 * Looks a name up once for a connection, which is then made to what was looked at here: a name that means something else a moment later has no
 * effect. One address among several that is not public is enough to refuse them all.
 */
export function guardedLookup({
  allowPrivate,
  resolve = (name) => lookUp(name, { all: true }),
}: TargetSettings): LookupFunction {
  return (name, { all }, done) => {
    resolve(name).then(
      (found) => {
        const [first] = found;
        if (!first) return done(Object.assign(new Error('the name has no address'), { code: 'ENOTFOUND' }), '');
        if (!allowPrivate && !found.every(({ address }) => isPublic(address))) return done(new ForbiddenAddress(), '');
        if (all) done(null, [...found]);
        else done(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => done(error, ''),
    );
  };
}
