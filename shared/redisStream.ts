import { randomUUID } from 'node:crypto';
import type { ChainableCommander, Redis } from 'ioredis';
import type { Delivery, Entry, Stop } from './carrier.ts';
import type { Log } from './log.ts';

const batch = 500;
/** An entry that a consumer holds this long is taken over by another: its holder is dead, or so slow that the inbox must decide. */
const abandonedAfterMs = 3000;

export const streamKey = (source: string) => `questline:events:${source}`;
export const confirmedKey = (source: string, group: string) => `questline:confirmed:${source}:${group}`;

/** Reads a group's entries on a connection of its own, because the read blocks; acknowledges on the shared one. */
export function consumeStream(
  reader: Redis,
  redis: Redis,
  source: string,
  group: string,
  handle: (batch: Delivery[]) => Promise<void>,
  log: Log,
): Stop {
  const stream = streamKey(source);
  const name = randomUUID();
  let stopped = false;
  let takeOverAt = 0;
  const read = async (): Promise<Delivery[]> => {
    if (reader.status === 'wait') {
      await reader.connect();
      await createGroup(reader, stream, group);
    }
    if (performance.now() > takeOverAt) {
      const [, abandoned] = (await reader.xautoclaim(stream, group, name, abandonedAfterMs, '0', 'COUNT', batch)) as [
        string,
        RawEntry[],
      ];
      if (abandoned.length > 0) return deliveries(abandoned);
      takeOverAt = performance.now() + 1000;
    }
    const answer = (await reader.xreadgroup(
      'GROUP',
      group,
      name,
      'COUNT',
      batch,
      'BLOCK',
      500,
      'STREAMS',
      stream,
      '>',
    )) as [string, RawEntry[]][] | null;
    return deliveries(answer?.[0]?.[1] ?? []);
  };
  const running = (async () => {
    while (!stopped)
      try {
        const entries = await read();
        if (entries.length === 0) continue;
        await handle(entries);
        await confirm(redis, source, group, entries);
      } catch (error) {
        if (stopped) return;
        if (String(error).includes('NOGROUP')) await createGroup(reader, stream, group).catch(() => {});
        else log.debug({ error: String(error), source, group }, 'a batch comes again');
        takeOverAt = 0;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
  })();
  return async () => {
    stopped = true;
    await running;
    reader.disconnect();
    // With nothing pending it leaves the group; else its entries wait under its name to be taken over.
    const pending = await redis.xpending(stream, group, '-', '+', 1, name).catch(() => [name]);
    if (pending.length === 0) await redis.xgroup('DELCONSUMER', stream, group, name).catch(() => {});
  };
}

/** Acknowledged and confirmed in one step, so that no state of Redis has one without the other. */
async function confirm(redis: Redis, source: string, group: string, entries: Delivery[]): Promise<void> {
  await results(
    redis
      .multi()
      .xack(streamKey(source), group, ...entries.map((entry) => entry.position))
      .rpush(confirmedKey(source, group), ...entries.map(({ position, id }) => `${position} ${id}`)),
  );
}

async function createGroup(redis: Redis, stream: string, group: string): Promise<void> {
  await redis.xgroup('CREATE', stream, group, '0', 'MKSTREAM').catch((error: unknown) => {
    if (!String(error).includes('BUSYGROUP')) throw error;
  });
}

type RawEntry = [position: string, fields: string[] | null];

function deliveries(raw: RawEntry[]): Delivery[] {
  return raw
    .filter(([, fields]) => fields !== null)
    .map(([position, fields]) => {
      const field = (name: keyof Entry | 'event') => fields![fields!.indexOf(name) + 1] ?? '';
      return {
        position,
        id: fields!.includes('id') ? field('id') : '',
        sealed: fields!.includes('event') ? field('event') : '',
      };
    });
}

/** The answers of a pipeline; the first error is thrown. */
export async function results(pipeline: ChainableCommander): Promise<unknown[]> {
  return ((await pipeline.exec()) ?? []).map(([error, answer]) => {
    if (error) throw error;
    return answer;
  });
}
