import type { Log } from '../../shared/process/log.ts';
import { type Command, type RedisLink, inTime, openRedis, whole } from '../../shared/redis/redis.ts';
import type { CacheEntry, CacheStore, NewEntry } from './cacheStore.ts';

/** KEYS: any one of the cache, so that the clock is that of the marks, then those that are looked for. */
const find = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if #KEYS == 1 then return {now, {}} end
return {now, redis.call('MGET', unpack(KEYS, 2))}`;

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

/**
 * Answers in Redis, which several gateways share, so that one of them invalidates for all. All keys have one hash tag: what is kept and what
 * invalidates it must be on one node of a cluster.
 */
export class RedisCache implements CacheStore {
  readonly #redis: RedisLink;
  readonly #prefix = '{questline:answers}:';
  readonly #log: Log;
  #restsUntil = -Infinity;
  #isAway = false;

  constructor(url: string, log: Log) {
    this.#log = log;
    this.#redis = openRedis(url, log, 'cache');
    void this.#redis.connect(); // whoever asks is told
  }

  async find(keys: readonly string[]) {
    const all = [this.#prefix, ...keys.map((key) => this.#prefix + key)];
    const [found] = await this.#run([this.#script(find, all)]);
    const [asOf, texts] = found as [number, (string | null)[]];
    return { entries: texts.map((text) => (text === null ? undefined : read(text))), asOf };
  }

  async keep(entries: readonly NewEntry[], asOf: number) {
    const commands = entries.flatMap(({ key, text, expiresAt, isShared, tags }): Command[] => {
      const leftMs = expiresAt - Date.now();
      if (leftMs <= 0) return [];
      const keys = [
        this.#prefix + key,
        ...tags.map((tag) => this.#setOf(tag)),
        ...tags.map((tag) => this.#markOf(tag)),
      ];
      const value = `${expiresAt} ${isShared ? 'public' : 'private'} ${text}`;
      return [this.#script(keepUnlessInvalidated, keys, value, leftMs, asOf, tags.length)];
    });
    await this.#run(commands);
  }

  async invalidate(tags: readonly string[]) {
    const removed = await this.#redis.send(
      tags.map((tag) => this.#script(invalidateTag, [this.#setOf(tag), this.#markOf(tag)], longestRequestMs)),
    );
    return whole(removed).reduce<number>((sum, count) => sum + Number(count), 0);
  }

  size() {
    return { entries: 0, bytes: 0 };
  }

  stop(): void {
    void this.#redis.close();
  }

  #setOf(tag: string): string {
    return `${this.#prefix}tag:${tag}`;
  }

  #markOf(tag: string): string {
    return `${this.#prefix}invalidated:${tag}`;
  }

  #script(text: string, keys: readonly string[], ...values: (string | number)[]): Command {
    return { key: this.#prefix, words: ['eval', text, keys.length, ...keys, ...values] };
  }

  /** Rejects when one of the commands fails, or when they take too long. */
  async #run(commands: readonly Command[]): Promise<unknown[]> {
    if (performance.now() < this.#restsUntil) throw new Error('Redis was away a moment ago');
    try {
      const given = whole(await inTime(this.#redis.send(commands), longestMs));
      this.#isAway = false;
      return given;
    } catch (error) {
      const { status } = this.#redis.client;
      // While it is being connected to, it fails at once.
      if (status === 'connecting' || status === 'connect') throw error;
      this.#restsUntil = performance.now() + restMs;
      if (!this.#isAway) this.#log.warn({ err: error }, 'the cache of answers cannot be reached; subgraphs are asked');
      this.#isAway = true;
      throw error;
    }
  }
}

function read(kept: string): CacheEntry | undefined {
  const [, expiresAt, scope, text] = /^(\d+) (public|private) (.*)$/s.exec(kept) ?? [];
  if (text === undefined || Number(expiresAt) <= Date.now()) return undefined;
  return { text, expiresAt: Number(expiresAt), isShared: scope === 'public' };
}
