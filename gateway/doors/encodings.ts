import Negotiator from 'negotiator';
import { LruCache } from '../../shared/lruCache.ts';

/** Content codings that Node has, the one that costs least for what it saves first. */
export const encodings = ['zstd', 'br', 'gzip'] as const;
export type Encoding = (typeof encodings)[number];

/** What the types of the package do not know. */
interface Preferring {
  encodings(available: readonly string[], options: { preferred: readonly string[] }): string[];
}

const known = new LruCache<Encoding | 'identity'>(100, 50_000);

/**
 * Of the codings that are offered, in our order, the one that a client likes best by the quality values of its `Accept-Encoding`. One that it does
 * not name is not sent, whatever `*` allows.
 */
export function encodingFor(accepted: string | undefined, offered: readonly Encoding[]): Encoding | undefined {
  if (accepted === undefined || offered.length === 0) return undefined;
  const chosen = known.get(`${offered.join()} ${accepted}`, () => {
    const named = offered.filter((each) => accepted.toLowerCase().includes(each));
    const negotiator = new Negotiator({ headers: { 'accept-encoding': accepted } }) as unknown as Preferring;
    const [first = 'identity'] = negotiator.encodings([...named, 'identity'], { preferred: named });
    return first as Encoding | 'identity';
  });
  return chosen === 'identity' ? undefined : chosen;
}
