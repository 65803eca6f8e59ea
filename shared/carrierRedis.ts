import type { Redis } from 'ioredis';
import type { Carrier, Confirmation, Place, Stop } from './carrier.ts';
import { StartRefusal } from './environment.ts';
import { failpoint } from './failpoint.ts';
import type { Log } from './log.ts';
import { PunctualRedis } from './punctualRedis.ts';
import { channelKey, channelListener } from './redisChannels.ts';
import { confirmedKey, consumeStream, results, streamKey } from './redisStream.ts';

const longest = 100_000;

/** Commands answer within 200 ms or fail: whoever waits for Redis has PostgreSQL to go on with. */
export const promptly = {
  // What was under way when a connection breaks fails at once. With one retry it would wait for its timeout when Redis is back at the first try.
  maxRetriesPerRequest: 0,
  enableOfflineQueue: false,
  commandTimeout: 200,
  connectTimeout: 1000,
  disconnectTimeout: 500,
  autoResendUnfulfilledCommands: false,
  retryStrategy: (times: number) => Math.min(50 * times, 1000),
} as const;

/**
 * The carrier between processes: a Redis stream per source, consumer groups, pub/sub for notifications. Redis may be away, now as at any later time; a
 * REDIS_URL that can be no address is a StartRefusal.
 */
export async function openRedisCarrier(url: string, log: Log): Promise<Carrier> {
  if (!/^rediss?:$/.test(URL.parse(url)?.protocol ?? ''))
    throw new StartRefusal(
      'REDIS_URL is no address of a Redis.',
      'Set REDIS_URL to an address, for example redis://127.0.0.1:6379.',
    );
  const connections = new Set<Redis>();
  // What connect() rejects with is only that the connection is closed; why, the event before it says.
  let reason: string | undefined;
  const connect = (options: object, purpose: string): Redis => {
    const redis = new PunctualRedis(url, { ...promptly, lazyConnect: true, ...options });
    redis.on('error', (error: Error) => {
      reason = error.message;
      log.debug({ error: reason, purpose }, 'redis connection');
    });
    connections.add(redis);
    return redis;
  };
  // Whether Redis is there is asked with patience: a machine that starts ten processes at once may take its time.
  const first = connect({ commandTimeout: 5000, connectTimeout: 5000, retryStrategy: () => null }, 'start');
  const redis = connect({}, 'commands');
  try {
    await first.connect();
    await first.ping();
  } catch (error) {
    log.warn(
      { reason: reason ?? String(error), fix: 'Check that Redis 7 is running and that REDIS_URL is its address.' },
      'Redis cannot be reached: events wait until it can',
    );
    redis.once('ready', () => log.info('Redis can be reached: events travel'));
  } finally {
    first.disconnect();
    connections.delete(first);
  }
  // From here on it comes and goes, and the connection with it.
  await redis.connect().catch(() => undefined);
  const listen = channelListener(
    connect({ enableOfflineQueue: true, commandTimeout: undefined, maxRetriesPerRequest: 1 }, 'notifications'),
  );
  const stops = new Set<Stop>();

  return {
    async publish(source, entries) {
      // As one, because the first entry wakes the consumers, who would take it alone.
      const pipeline = redis.multi();
      for (const { id, sealed } of entries) pipeline.xadd(streamKey(source), '*', 'id', id, 'event', sealed);
      const answers = results(pipeline);
      failpoint('relay.midBatch');
      return (await answers) as string[];
    },
    async missing(source, groups, positions) {
      const stream = streamKey(source);
      const delivered = await lastDelivered(redis, stream);
      const pipeline = redis.pipeline();
      for (const position of positions) {
        pipeline.xrange(stream, position, position, 'COUNT', 1);
        for (const group of groups) if (delivered.has(group)) pipeline.xpending(stream, group, position, position, 1);
      }
      const answers = (await results(pipeline)) as unknown[][];
      let next = 0;
      return positions.filter((position) => {
        let lost = answers[next++]!.length === 0;
        for (const group of groups)
          if (delivered.has(group)) {
            const isPending = answers[next++]!.length > 0;
            if (!isPending && !isAfter(position, delivered.get(group)!)) lost = true;
          }
        return lost;
      });
    },
    async takeConfirmations(source, groups) {
      const confirmations: Confirmation[] = [];
      for (const group of groups) {
        const places: string[] = [];
        for (let some: string[] | null; (some = await redis.lpop(confirmedKey(source, group), 10_000));)
          places.push(...some);
        if (places.length > 0) confirmations.push({ group, entries: places.map(placeOf) });
      }
      return confirmations;
    },
    async trim(source, position) {
      if (position === null) await redis.xtrim(streamKey(source), 'MAXLEN', 0);
      else await redis.xtrim(streamKey(source), 'MINID', position);
    },
    consume(source, group, handle) {
      const stop = consumeStream(
        connect({ commandTimeout: 5000 }, `consumer of ${source}`),
        redis,
        source,
        group,
        handle,
        log,
      );
      const forget = async () => {
        stops.delete(forget);
        await stop();
      };
      stops.add(forget);
      return forget;
    },
    async notify(channel, message) {
      await redis.publish(channelKey(channel), message);
    },
    listen,
    length: (source) => redis.xlen(streamKey(source)),
    async capacity(source) {
      const [length, memory] = (await results(redis.pipeline().xlen(streamKey(source)).info('memory'))) as [
        number,
        string,
      ];
      return isCrowded(memory) ? 0 : longest - length;
    },
    ping: async () => void (await redis.ping()),
    async close() {
      await Promise.all([...stops].map((stop) => stop()));
      await Promise.all([...connections].map(end));
    },
  };
}

/** The position comes first: it is the carrier's own word, whereas the id is whatever stood in the entry. */
function placeOf(text: string): Place {
  const space = text.indexOf(' ');
  return { position: text.slice(0, space), id: text.slice(space + 1) };
}

async function lastDelivered(redis: Redis, stream: string): Promise<Map<string, string>> {
  const groups = (await redis.xinfo('GROUPS', stream).catch((error: unknown) => {
    if (String(error).includes('no such key')) return [];
    throw error;
  })) as string[][];
  return new Map(
    groups.map((fields) => {
      const field = (name: string) => fields[fields.indexOf(name) + 1]!;
      return [field('name'), field('last-delivered-id')];
    }),
  );
}

/** Resolves when the connection is gone, so that whoever stops leaves nothing open. One that waits to reconnect has nothing to close. */
async function end(connection: Redis): Promise<void> {
  const hasSocket = ['connecting', 'connect', 'ready', 'disconnecting'].includes(connection.status);
  const gone = hasSocket ? new Promise((resolve) => connection.once('end', resolve)) : undefined;
  connection.disconnect();
  await gone;
}

/** Above four fifths of its memory Redis gets no more events: confirming and trimming, which leave space again, need some themselves. */
function isCrowded(memory: string): boolean {
  const bytes = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(memory)?.[1]);
  return bytes('maxmemory') > 0 && bytes('used_memory') > 0.8 * bytes('maxmemory');
}

/** Stream positions are `milliseconds-sequence`. */
function isAfter(a: string, b: string): boolean {
  const [aMs, aSeq] = a.split('-').map(BigInt) as [bigint, bigint];
  const [bMs, bSeq] = b.split('-').map(BigInt) as [bigint, bigint];
  return aMs > bMs || (aMs === bMs && aSeq > bSeq);
}
