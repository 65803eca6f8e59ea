import { createHash } from 'node:crypto';
import type { RateLimiterRes } from 'rate-limiter-flexible';
import { Refusal } from '../../../shared/errors.ts';
import type { Log } from '../../../shared/process/log.ts';
import { openRedis } from '../../../shared/redis/redis.ts';
import { attemptCounter } from './attemptCounter.ts';
import {
  addressSeconds,
  attemptsOfAddress,
  countedSeconds,
  freeAttempts,
  networkOf,
  waitSecondsAfter,
} from './attempts.rules.ts';

/** One try to prove who one is. */
export interface Attempt {
  /**
   * The name as it was given; unknown names are counted like known ones, or the limit would tell them apart. Null: only the address is
   * counted.
   */
  account: string | null;
  address: string | null;
  /** The account has been entered from this address before. Then others' wrong passwords do not count against it. */
  isKnown: boolean;
}

export interface Limiter {
  /** Before the password is looked at. Throws RATE_LIMITED. */
  admit(attempt: Attempt): Promise<void>;
  /** After a wrong one. Throws RATE_LIMITED when it was one too many from this address. */
  failed(attempt: Attempt): Promise<void>;
  /** After the right one. Throws RATE_LIMITED as well, so that of many tries at once those beyond the limit tell nothing. */
  passed(attempt: Attempt): Promise<void>;
  /** A guest signs in from this address. Throws RATE_LIMITED when it is one too many within a minute. */
  countGuest(address: string | null): Promise<void>;
  close(): Promise<void>;
}

/**
 * Counts in Redis, so that all processes count together, and in this process while Redis is away, so that the door is never open.
 * Keys are hashes: what people type is no part of them.
 */
export async function openLimiter(redisUrl: string | undefined, guestsPerMinute: number, log: Log): Promise<Limiter> {
  const link = redisUrl ? openRedis(redisUrl, log, 'limiter') : undefined;
  await link?.connect();
  const counter = (keyPrefix: string, points: number, duration: number) =>
    attemptCounter(link?.client, { keyPrefix, points, duration });
  const attempts = counter('questline:attempts', freeAttempts, countedSeconds);
  /** Holds an account's next attempt back, for as long as `waitSecondsAfter` says. */
  const pauses = counter('questline:pause', 1, 1);
  const addresses = counter('questline:address', attemptsOfAddress, addressSeconds);
  const guests = counter('questline:guests', guestsPerMinute, 60);

  const accountKey = ({ account, address, isKnown }: Attempt) =>
    account && digest(isKnown && address ? `${account.toLowerCase()} at ${networkOf(address)}` : account.toLowerCase());
  const addressKey = ({ address }: Attempt) => address && digest(networkOf(address));

  const refuseIfHeld = async (attempt: Attempt) => {
    const [account, from] = [accountKey(attempt), attempt.isKnown ? null : addressKey(attempt)];
    const [pause, sent] = await Promise.all([account && pauses.get(account), from && addresses.get(from)]);
    if (pause && pause.consumedPoints > 0) throw tooMany(pause);
    if (sent && sent.consumedPoints >= attemptsOfAddress) throw tooMany(sent);
  };

  return {
    admit: (attempt) => refuseIfHeld(attempt),
    async failed(attempt) {
      const [account, from] = [accountKey(attempt), addressKey(attempt)];
      const [wrong, sent] = await Promise.all([account && attempts.penalty(account), from && addresses.penalty(from)]);
      const seconds = wrong ? waitSecondsAfter(wrong.consumedPoints) : 0;
      const pause = account && seconds > 0 && (await pauses.block(account, seconds));
      if (pause && wrong && wrong.consumedPoints > freeAttempts) throw tooMany(pause);
      if (sent && !attempt.isKnown && sent.consumedPoints > attemptsOfAddress) throw tooMany(sent);
    },
    async passed(attempt) {
      await refuseIfHeld(attempt);
      const account = accountKey(attempt);
      if (account) await attempts.delete(account);
    },
    async countGuest(address) {
      if (!address) return;
      const counted = await guests.penalty(digest(networkOf(address)));
      if (counted.consumedPoints > guestsPerMinute) throw tooMany(counted);
    },
    close: async () => void (await link?.close()),
  };
}

const digest = (text: string) => createHash('sha256').update(text).digest('base64url');

function tooMany({ msBeforeNext }: RateLimiterRes): Refusal {
  const retryAfterSeconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
  return new Refusal('RATE_LIMITED', `Too many attempts. Try again in ${retryAfterSeconds} s.`, { retryAfterSeconds });
}
