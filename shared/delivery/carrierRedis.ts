import type { Carrier, Confirmation, Place, Stop } from './carrier.ts';
import { StartRefusal } from '../process/environment.ts';
import { failpoint } from '../process/failpoint.ts';
import type { Log } from '../process/log.ts';
import { usualPartitions } from './partitions.ts';
import { type Command, type RedisLink, openRedis, whole } from '../redis/redis.ts';
import { channelKey, channelListener } from '../redis/redisChannels.ts';
import { inspectRedis } from '../redis/redisInspection.ts';
import { confirmedKey, consumeStreams, streamKey } from './redisStream.ts';

/** Of one stream. */
const longest = 20_000;

/**
 * The carrier between processes: Redis streams, consumer groups, sharded notifications, on one server or a cluster. Redis may be away, now as at
 * any later time; a REDIS_URL that can be no address is a StartRefusal.
 */
export async function openRedisCarrier(url: string, log: Log, partitions = usualPartitions): Promise<Carrier> {
  // What connect() rejects with is only that the connection is closed; why, the event before it says.
  let reason: string | undefined;
  const link = openRedis(url, log, 'carrier', ({ message }) => (reason = message));
  await inspectRedis(link, log);
  // From here on it comes and goes, and the connections with it.
  await link.connect();
  await agreeOnPartitions(link, partitions).catch(async (error: unknown) => {
    await link.close();
    throw error;
  });
  const listen = channelListener(link);
  const stops = new Set<Stop>();

  return {
    async publish(stream, entries) {
      const key = streamKey(stream);
      const bell = channelKey(stream);
      const answers = link.send([
        ...entries.map(({ id, sealed }) => about(key, 'xadd', '*', 'id', id, 'event', sealed)),
        about(bell, 'spublish', ''),
      ]);
      failpoint('relay.midBatch');
      return whole((await answers).slice(0, entries.length)) as string[];
    },
    async missing(stream, groups, positions) {
      const key = streamKey(stream);
      const delivered = await lastDelivered(link, key);
      const known = groups.filter((group) => delivered.has(group));
      const answers = await link.send(
        positions.flatMap((position) => [
          about(key, 'xrange', position, position, 'COUNT', 1),
          ...known.map((group) => about(key, 'xpending', group, position, position, 1)),
        ]),
      );
      const found = whole(answers) as unknown[][];
      return positions.filter((position, n) => {
        const [entries, ...pending] = found.slice(n * (known.length + 1), (n + 1) * (known.length + 1));
        if (entries!.length === 0) return true;
        return known.some((group, g) => pending[g]!.length === 0 && !isAfter(position, delivered.get(group)!));
      });
    },
    async takeConfirmations(streams, groups) {
      const lists = streams.flatMap((stream) => groups.map((group) => ({ stream, group })));
      const answers = await link.send(
        lists.map(({ stream, group }) => about(confirmedKey(stream, group), 'lpop', 10_000)),
      );
      // What a node did not hand out now it will later; what others have handed out is gone from there.
      return lists.flatMap(({ stream, group }, n): Confirmation[] => {
        const answer = answers[n]!;
        const places = answer.status === 'fulfilled' ? (answer.value as string[] | null) : null;
        return places ? [{ stream, group, entries: places.map(placeOf) }] : [];
      });
    },
    async trim(stream, position) {
      const key = streamKey(stream);
      await link.send([
        about(key, 'xtrim', ...(position === null ? (['MAXLEN', 0] as const) : (['MINID', position] as const))),
      ]);
    },
    consume(share, group, handle) {
      const stop = consumeStreams(link, listen, share, group, handle, log);
      const forget = async () => {
        stops.delete(forget);
        await stop();
      };
      stops.add(forget);
      return forget;
    },
    async notify(channel, message) {
      whole(await link.send([about(channelKey(channel), 'spublish', message)]));
    },
    listen,
    lengths: async (streams) =>
      whole(await link.send(streams.map((stream) => about(streamKey(stream), 'xlen')))) as number[],
    async capacities(streams) {
      const [held, memories] = await Promise.all([
        link.send(streams.map((stream) => about(streamKey(stream), 'xlen'))),
        link.everywhere('info', 'memory'),
      ]);
      // While one node of several is away, what the others hold goes on.
      if (held.every(({ status }) => status === 'rejected')) whole(held);
      const isFull = memories.some((answer) => answer.status === 'fulfilled' && isCrowded(String(answer.value)));
      return held.map((answer) => (isFull || answer.status === 'rejected' ? 0 : longest - (answer.value as number)));
    },
    async forgetUnpartitioned(source, groups) {
      const keys = [`questline:events:${source}`, ...groups.map((group) => `questline:confirmed:${source}:${group}`)];
      await link.send(keys.map((key) => about(key, 'unlink')));
    },
    async ping() {
      const answers = await link.everywhere('ping');
      if (answers.length === 0) throw new Error(`Redis cannot be reached: ${reason ?? 'no node answers'}`);
      whole(answers);
    },
    async close() {
      await Promise.all([...stops].map((stop) => stop()));
      await link.close();
    },
  };
}

/** A command whose key comes first. */
const about = (key: string, name: string, ...values: (string | number)[]): Command => ({
  key,
  words: [name, key, ...values],
});

/** The processes of a system tell one another by Redis how many partitions there are. What it forgets, the next to start tells it again. */
async function agreeOnPartitions(link: RedisLink, partitions: number): Promise<void> {
  const key = 'questline:partitions';
  const [, told] = await link.send([about(key, 'set', partitions, 'NX'), about(key, 'get')]);
  if (told?.status === 'fulfilled' && Number(told.value) !== partitions)
    throw new StartRefusal(
      `PARTITIONS is ${partitions}, but other processes on this Redis work with ${String(told.value)}.`,
      'Set PARTITIONS to the same number in every process; it is fixed when the data is made.',
    );
}

/** The position comes first: it is the carrier's own word, whereas the id is whatever stood in the entry. */
function placeOf(text: string): Place {
  const space = text.indexOf(' ');
  return { position: text.slice(0, space), id: text.slice(space + 1) };
}

async function lastDelivered(link: RedisLink, key: string): Promise<Map<string, string>> {
  const [answer] = await link.send([{ key, words: ['xinfo', 'GROUPS', key] }]);
  const isThere = !(answer!.status === 'rejected' && String(answer!.reason).includes('no such key'));
  const groups = isThere ? (whole([answer!])[0] as string[][]) : [];
  return new Map(
    groups.map((fields) => {
      const field = (name: string) => fields[fields.indexOf(name) + 1]!;
      return [field('name'), field('last-delivered-id')];
    }),
  );
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
