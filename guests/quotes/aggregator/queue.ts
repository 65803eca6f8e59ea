import type { Stop } from '../../../shared/delivery/carrier.ts';
import { channelListener } from '../../../shared/redis/redisChannels.ts';
import type { RedisLink } from '../../../shared/redis/redis.ts';

/**
 * Look-ups by Redis: a stream of what is asked, which the aggregators share out among them, and for each process that asks a stream of its answers. Who
 * asks waits for a moment only, so nothing is kept for later: an entry is handed out once, and one that is too old is left out.
 */
export const askedKey = 'questline:{quotes:lookups}:asked';
export const answersKey = (client: string) => `questline:{quotes:lookups}:answers:${client}`;
export const askedChannel = 'quotes:lookups';
export const answersChannel = (client: string) => `quotes:answers:${client}`;

/** The provider gets two seconds, and the way there and back a little more. */
export const timeoutMs = 2500;
export const entriesAtOnce = 100;
/** Of each stream; what is older is nobody's any more. */
export const longest = 10_000;

/** A notification may be lost; nobody waits longer than this for an entry. */
const everyMs = 250;

export type RawEntry = [position: string, fields: string[]];

export const fieldsOf = ([, words]: RawEntry): Record<string, string> =>
  Object.fromEntries(words.flatMap((word, n) => (n % 2 === 0 ? [[word, words[n + 1] ?? '']] : [])));

/** Looks whenever it is notified and every so often, one look after the other. `look` resolves to whether there may be more; it may reject. */
export async function lookWhenTold(link: RedisLink, channel: string, look: () => Promise<boolean>): Promise<Stop> {
  let [isLooking, isTold, stopped] = [false, false, false];
  let looking = Promise.resolve();
  const lookUntilDone = async () => {
    isLooking = true;
    do {
      isTold = false;
      isTold = (await look().catch(() => false)) || isTold;
    } while (isTold && !stopped);
    isLooking = false;
  };
  const tell = () => {
    isTold = true;
    if (!isLooking && !stopped) looking = lookUntilDone();
  };
  const deafen = await channelListener(link)(channel, tell);
  const timer = setInterval(tell, everyMs);
  tell();
  return async () => {
    stopped = true;
    clearInterval(timer);
    await deafen();
    await looking;
  };
}
