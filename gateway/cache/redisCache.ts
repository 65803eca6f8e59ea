import { type ChainableCommander, Redis } from 'ioredis';
import type { Log } from '../../shared/log.ts';
import type { CacheEntry, CacheStore, NewEntry } from './cacheStore.ts';

/** KEYS: the entry, its tags' sets, its tags' marks. ARGV: the entry, milliseconds to live, when it was asked for, how many tags. */
const keepUnlessInvalidated = `
local tags = tonumber(ARGV[4])
for i = tags + 2, 2 * tags + 1 do
  local invalidated = redis.call('GET', KEYS[i])
  if invalidated and tonumber(invalidated) >= tonumber(ARGV[3]) then return 0 end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
for i = 2, tags + 1 do
  redis.call('SADD', KEYS[i], KEYS[1])
  if redis.call('PTTL', KEYS[i]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[i], ARGV[2]) end
end
return 1`;

/** KEYS: a tag's set and its mark. ARGV: how long the mark is of use. */
const invalidateTag = `
local time = redis.call('TIME')
redis.call('SET', KEYS[2], time[1] * 1000 + math.floor(time[2] / 1000), 'PX', ARGV[1])
local removed = 0
for _, key in ipairs(redis.call('SMEMBERS', KEYS[1])) do removed = removed + redis.call('DEL', key) end
redis.call('DEL', KEYS[1])
return removed`;

/** Longer than any request to a subgraph is under way. */
const longestRequestMs = 1_000_000;
/** A look-up that takes longer is worth less than the request that it saves. */
const longestMs = 200;
/** After a failure nobody asks for this long. */
const restMs = 1000;

/** Answers in Redis, which several gateways share, so that one of them invalidates for all. */
export class RedisCache implements CacheStore {
  readonly #redis: Redis;
  readonly #prefix = 'questline:answers:';
  readonly #log: Log;
  #restsUntil = -Infinity;
  #isAway = false;

  constructor(url: string, log: Log) {
    this.#log = log;
    this.#redis = new Redis(url, {
      maxRetriesPerRequest: 1,
      enableOfflineQueue: false,
      connectTimeout: 1000,
      disconnectTimeout: 100,
      retryStrategy: (attempt) => Math.min(attempt * 100, 2000),
    });
    this.#redis.on('error', () => {}); // whoever asks is told
  }

  async find(keys: readonly string[]) {
    const pipeline = this.#redis.pipeline().time();
    const [[seconds, micros], texts] = (await this.#run(
      keys.length > 0 ? pipeline.mget(keys.map((key) => this.#prefix + key)) : pipeline,
    )) as [[string, string], (string | null)[]?];
    const entries = (texts ?? []).map((text) => (text === null ? undefined : read(text)));
    return { entries, asOf: Number(seconds) * 1000 + Math.floor(Number(micros) / 1000) };
  }

  async keep(entries: readonly NewEntry[], asOf: number) {
    const pipeline = this.#redis.pipeline();
    for (const { key, text, expiresAt, isShared, tags } of entries) {
      const leftMs = expiresAt - Date.now();
      if (leftMs <= 0) continue;
      const keys = [
        this.#prefix + key,
        ...tags.map((tag) => this.#setOf(tag)),
        ...tags.map((tag) => this.#markOf(tag)),
      ];
      const value = `${expiresAt} ${isShared ? 'public' : 'private'} ${text}`;
      pipeline.eval(keepUnlessInvalidated, keys.length, ...keys, value, leftMs, asOf, tags.length);
    }
    await this.#run(pipeline);
  }

  async invalidate(tags: readonly string[]) {
    const removed = await Promise.all(
      tags.map((tag) => this.#redis.eval(invalidateTag, 2, this.#setOf(tag), this.#markOf(tag), longestRequestMs)),
    );
    return removed.reduce<number>((sum, count) => sum + Number(count), 0);
  }

  size() {
    return { entries: 0, bytes: 0 };
  }

  stop(): void {
    this.#redis.disconnect();
  }

  #setOf(tag: string): string {
    return `${this.#prefix}tag:${tag}`;
  }

  #markOf(tag: string): string {
    return `${this.#prefix}invalidated:${tag}`;
  }

  /** Rejects when one of the commands fails, or when they take too long. */
  async #run(pipeline: ChainableCommander): Promise<unknown[]> {
    if (performance.now() < this.#restsUntil) throw new Error('Redis was away a moment ago');
    const answer = pipeline.exec().then((replies) =>
      (replies ?? []).map(([error, reply]) => {
        if (error) throw error;
        return reply;
      }),
    );
    answer.catch(() => {}); // it may fail after its time
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      // What has come while this process was busy is read between the timer and the immediate.
      timer = setTimeout(() => setImmediate(() => reject(new Error('Redis is late'))), longestMs);
    });
    try {
      const given = await Promise.race([answer, late]);
      this.#isAway = false;
      return given;
    } catch (error) {
      this.#restsUntil = performance.now() + restMs;
      const isOpening = this.#redis.status === 'connecting' || this.#redis.status === 'connect';
      if (!this.#isAway && !isOpening)
        this.#log.warn({ err: error }, 'the cache of answers cannot be reached; subgraphs are asked');
      this.#isAway ||= !isOpening;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

function read(kept: string): CacheEntry | undefined {
  const [, expiresAt, scope, text] = /^(\d+) (public|private) (.*)$/s.exec(kept) ?? [];
  if (text === undefined || Number(expiresAt) <= Date.now()) return undefined;
  return { text, expiresAt: Number(expiresAt), isShared: scope === 'public' };
}
