import { setTimeout as sleep } from 'node:timers/promises';
import type { Stop } from '../../../shared/delivery/carrier.ts';
import type { Log } from '../../../shared/process/log.ts';
import { type Command, openRedis, whole } from '../../../shared/redis/redis.ts';
import { isUuid } from '../../../shared/uuid.rules.ts';
import type { OfPerson } from './fixStore.ts';
import type { Ingest, Outcome } from './ingest.ts';
import { locationsAtOnce } from './location.rules.ts';

/**
 * Locations by a Redis Stream, for services that speak for many people: whoever may write to it is trusted to name the person. Its entries have the
 * fields `person`, `deviceEventId`, `lat`, `lon`, `accuracyM` and `capturedAt`. One tag, so that a cluster has all of it on one node.
 */
export const queueKey = 'questline:{venue}:locations';
/** What was not taken, without coordinates: `person`, `deviceEventId`, `reason`. The last ten thousand or so. */
export const refusedKey = 'questline:{venue}:locations:refused';
const refusedKept = 10_000;
const group = 'venue';
/** All readers have one name: whose process is gone leaves nothing behind that has to be cleared away. */
const consumer = 'reader';
const pauseMs = 100;
/** Entries that were read so long ago and are not done are read again. */
const idleMs = 5000;

/** Why an entry was not taken. */
type EntryRefusal = NonNullable<Outcome> | 'NO_PERSON';

interface Entry {
  position: string;
  fields: Readonly<Record<string, string>>;
}

/** An entry leaves the stream once it is committed or refused; a crash before that brings it again, when it is a duplicate. */
export function consumeLocations(url: string, { take }: Ingest, log: Log): Stop {
  const link = openRedis(url, log, 'queue of locations');
  const send = async (...words: Command['words']) => whole(await link.send([{ key: queueKey, words }]))[0];
  let stopped = false;
  let claimAt = -Infinity;

  const read = async (): Promise<Entry[]> => {
    if (performance.now() >= claimAt) {
      claimAt = performance.now() + idleMs;
      await send('xgroup', 'CREATE', queueKey, group, '0', 'MKSTREAM').catch(ignoreExisting);
      const [, left] = (await send('xautoclaim', queueKey, group, consumer, idleMs, '0', 'COUNT', locationsAtOnce)) as [
        string,
        RawEntry[],
      ];
      if (left.length > 0) {
        claimAt = -Infinity;
        return left.map(entryOf);
      }
    }
    const fresh = await send(
      'xreadgroup',
      'GROUP',
      group,
      consumer,
      'COUNT',
      locationsAtOnce,
      'STREAMS',
      queueKey,
      '>',
    );
    return ((fresh as [string, RawEntry[]][] | null)?.[0]?.[1] ?? []).map(entryOf);
  };

  const settle = async (entries: readonly Entry[]) => {
    const named = entries.filter(({ fields }) => isUuid(fields['person'] ?? ''));
    const outcomes = named.length > 0 ? await take(named.map(({ fields }) => locationOf(fields))) : [];
    const refusals = new Map<Entry, EntryRefusal | undefined>(named.map((entry, n) => [entry, outcomes[n]]));
    const refused = entries.flatMap((entry): Command[] => {
      const reason = refusals.has(entry) ? refusals.get(entry) : 'NO_PERSON';
      if (reason === undefined) return [];
      const { person = '', deviceEventId = '' } = entry.fields;
      const told = ['person', person.slice(0, 64), 'deviceEventId', deviceEventId.slice(0, 64), 'reason', reason];
      return [{ key: refusedKey, words: ['xadd', refusedKey, 'MAXLEN', '~', refusedKept, '*', ...told] }];
    });
    const positions = entries.map(({ position }) => position);
    await link.atomically([
      ...refused,
      { key: queueKey, words: ['xack', queueKey, group, ...positions] },
      { key: queueKey, words: ['xdel', queueKey, ...positions] },
    ]);
  };

  const running = (async () => {
    await link.connect();
    while (!stopped)
      try {
        const entries = await read();
        if (entries.length > 0) await settle(entries);
        else await sleep(pauseMs);
      } catch (error) {
        log.debug({ error: String(error) }, 'the queue of locations is read again');
        claimAt = -Infinity;
        await sleep(pauseMs);
      }
    await link.close();
  })();
  return async () => {
    stopped = true;
    await running;
  };
}

type RawEntry = [position: string, fields: string[] | null];

function entryOf([position, words]: RawEntry): Entry {
  const pairs = (words ?? []).flatMap((word, n, all) => (n % 2 === 0 ? [[word, all[n + 1] ?? '']] : []));
  return { position, fields: Object.fromEntries(pairs) as Record<string, string> };
}

/** A number that is none is refused as such. */
const numberOf = (text = '') => (/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN);

const locationOf = ({ person, deviceEventId = '', lat, lon, accuracyM, capturedAt }: Entry['fields']): OfPerson => ({
  userId: person!,
  location: {
    ...{ deviceEventId, lat: numberOf(lat), lon: numberOf(lon), accuracyM: numberOf(accuracyM) },
    capturedAt: Date.parse(capturedAt ?? ''),
  },
});

function ignoreExisting(error: unknown): void {
  if (!String(error).includes('BUSYGROUP')) throw error;
}
