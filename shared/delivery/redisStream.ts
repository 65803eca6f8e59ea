import { setTimeout as sleep } from 'node:timers/promises';
import type { Delivery, Entry, Share, Stop } from './carrier.ts';
import type { Log } from '../process/log.ts';
import type { Command, RedisLink } from '../redis/redis.ts';

/** Of all streams together. */
const batch = 500;
/** Nobody depends on being told of an entry: after so long one looks. */
const lookMs = 500;
/** Every so many looks also for entries that somebody with the same name has left, who held the stream for a moment beside us. */
const looksPerSweep = 20;
const pauseMs = 100;
const gatherMs = 2;

/** What belongs to one stream has one hash tag, so that a cluster keeps it on one node. */
export const streamKey = (stream: string) => `questline:{${stream}}:events`;
export const confirmedKey = (stream: string, group: string) => `questline:{${stream}}:confirmed:${group}`;

/** All readers of a group have one name, so that who reads a stream next is given first what its predecessor has not confirmed. */
const consumer = 'reader';

interface Reading {
  /** Entries that are out and not confirmed come before new ones. */
  hasPending: boolean;
  deafen: Promise<Stop>;
}

/** Reads a share of streams for a group. Nothing blocks: a notification says where there is something to read. */
export function consumeStreams(
  link: RedisLink,
  listen: (channel: string, hear: () => void) => Promise<Stop>,
  share: Share,
  group: string,
  handle: (batch: Delivery[]) => Promise<void>,
  log: Log,
): Stop {
  const readings = new Map<string, Reading>();
  const due = new Set<string>();
  let stopped = false;
  let wakeUp = () => {};
  let lookAt = -Infinity;
  let looks = 0;
  const wake = () => wakeUp();
  const rest = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wakeUp = () => (clearTimeout(timer), resolve());
      if (stopped) wakeUp();
    });
  const tell = (error: unknown, message: string) => log.debug({ error: String(error), group }, message);

  /** Takes up streams that have become ours, and leaves those that have not stayed so. */
  const follow = () => {
    const held = new Set(share.held());
    for (const [stream, { deafen }] of readings)
      if (!held.has(stream)) {
        readings.delete(stream);
        due.delete(stream);
        void deafen.then((stop) => stop());
      }
    for (const stream of held)
      if (!readings.has(stream)) {
        const deafen = listen(stream, () => (due.add(stream), wake()));
        readings.set(stream, { hasPending: true, deafen });
        due.add(stream);
      }
    if (performance.now() < lookAt) return;
    lookAt = performance.now() + lookMs;
    const isSweep = ++looks % looksPerSweep === 0;
    for (const [stream, reading] of readings) {
      if (isSweep) reading.hasPending = true;
      due.add(stream);
    }
  };

  const read = async (streams: string[]): Promise<Delivery[]> => {
    const count = Math.ceil(batch / streams.length);
    const from = streams.map((stream) => (readings.get(stream)?.hasPending ? '0' : '>'));
    const answers = await link.send(
      streams.map((stream, n): Command => {
        const key = streamKey(stream);
        return { key, words: ['xreadgroup', 'GROUP', group, consumer, 'COUNT', count, 'STREAMS', key, from[n]!] };
      }),
    );
    const found: Delivery[] = [];
    let failure: unknown;
    for (const [n, stream] of streams.entries()) {
      const [answer, reading] = [answers[n]!, readings.get(stream)];
      if (!reading) continue;
      if (answer.status === 'rejected') {
        if (String(answer.reason).includes('NOGROUP')) await createGroup(link, stream, group);
        else failure = answer.reason;
        // What was read and did not arrive is pending.
        reading.hasPending = true;
        due.add(stream);
        continue;
      }
      const entries = (answer.value as [string, RawEntry[]][] | null)?.[0]?.[1] ?? [];
      const wasPending = from[n] === '0';
      if (wasPending && entries.length === 0) reading.hasPending = false;
      if (wasPending || entries.length === count) due.add(stream);
      found.push(...entries.map((entry) => deliveryOf(stream, entry)));
    }
    if (failure !== undefined) tell(failure, 'a stream cannot be read');
    if (failure !== undefined && found.length === 0) await rest(pauseMs);
    return found;
  };

  const running = (async () => {
    while (!stopped) {
      follow();
      if (due.size === 0) {
        await rest(Math.max(0, lookAt - performance.now()));
        // What is published at once to several streams is told of one after the other, and is best applied as one batch.
        await sleep(gatherMs);
        continue;
      }
      const streams = [...due];
      due.clear();
      const entries = await read(streams);
      if (entries.length === 0) continue;
      try {
        const [present, trimmed] = [entries.filter(isPresent), entries.filter((entry) => !isPresent(entry))];
        if (present.length > 0) await handle(present);
        await confirm(link, group, present, trimmed);
      } catch (error) {
        if (stopped) break;
        tell(error, 'a batch comes again');
        for (const { stream } of entries) {
          const reading = readings.get(stream);
          if (!reading) continue;
          reading.hasPending = true;
          due.add(stream);
        }
        await rest(pauseMs);
      }
    }
  })();
  share.onChange(wake);
  return async () => {
    stopped = true;
    wake();
    await running;
    await Promise.all([...readings.values()].map(async ({ deafen }) => (await deafen)()));
  };
}

/** By stream acknowledged and confirmed in one step, so that no state of Redis has one without the other. */
async function confirm(link: RedisLink, group: string, present: Delivery[], trimmed: Delivery[]): Promise<void> {
  const byStream = Map.groupBy([...present, ...trimmed], ({ stream }) => stream);
  await Promise.all(
    [...byStream].map(([stream, entries]) => {
      const places = entries.filter(isPresent).map(({ position, id }) => `${position} ${id}`);
      const [key, list] = [streamKey(stream), confirmedKey(stream, group)];
      const commands: Command[] = [{ key, words: ['xack', key, group, ...entries.map(({ position }) => position)] }];
      if (places.length > 0) commands.push({ key: list, words: ['rpush', list, ...places] });
      return link.atomically(commands);
    }),
  );
}

async function createGroup(link: RedisLink, stream: string, group: string): Promise<void> {
  const key = streamKey(stream);
  await link.send([{ key, words: ['xgroup', 'CREATE', key, group, '0', 'MKSTREAM'] }]);
}

/** Of an entry that was trimmed while it was pending, only the position is left. */
type RawEntry = [position: string, fields: string[] | null];

const gone = '\0trimmed';
const isPresent = ({ sealed }: Delivery) => sealed !== gone;

function deliveryOf(stream: string, [position, fields]: RawEntry): Delivery {
  if (fields === null) return { stream, position, id: '', sealed: gone };
  const field = (name: keyof Entry | 'event') => {
    const at = fields.findIndex((word, n) => n % 2 === 0 && word === name);
    return at < 0 ? '' : (fields[at + 1] ?? '');
  };
  return { stream, position, id: field('id'), sealed: field('event') };
}
