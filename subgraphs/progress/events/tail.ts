import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../../shared/process/log.ts';
import type { EventFilter } from './eventFilter.rules.ts';
import { type ListedEvent, type RecordedEvent, storedAt } from './eventStore.ts';
import { EventStream } from './eventStream.ts';
import { Horizon } from './horizon.ts';

/**
 * Events as they are committed, by whichever process. While somebody follows, this process looks for new ones again and again, once for all
 * who do; while nobody does, nothing happens.
 */
export interface Tail {
  /** Resolves when no event that commits from now on can be missed. */
  follow(filter: EventFilter): Promise<AsyncIterableIterator<RecordedEvent>>;
  stop(): Promise<void>;
}

export interface TailReader {
  findLastStored(): Promise<number>;
  findStored(after: number, known: readonly number[], limit: number): Promise<ListedEvent[]>;
}

const page = 500;
/** So far back may be the place of an event that has yet to commit when somebody begins to follow. */
const lookBack = 1000;

export function openTail(reader: TailReader, log: Log, everyMs = 250): Tail {
  const followers = new Set<EventStream>();
  const leaving = new AbortController();
  let beginning: Promise<void> | undefined;
  let looking = Promise.resolve();

  /** What is new, in pages; those who read get a turn in between. */
  async function* fresh(horizon: Horizon): AsyncGenerator<ListedEvent[]> {
    for (let isAll = false; !isAll;) {
      const events = await reader.findStored(horizon.settled, horizon.seen, page);
      horizon.see(events.map(storedAt), performance.now());
      yield events;
      isAll = events.length < page;
    }
  }
  const begin = async () => {
    const horizon = new Horizon(Math.max(0, (await reader.findLastStored()) - lookBack));
    for await (const _ of fresh(horizon)); // those are there already
    looking = look(horizon);
  };
  const look = async (horizon: Horizon) => {
    let failures = 0;
    while (followers.size > 0 && !leaving.signal.aborted) {
      await sleep(everyMs, undefined, { signal: leaving.signal }).catch(() => {});
      try {
        for await (const events of fresh(horizon))
          for (const event of events) for (const stream of followers) stream.push(event);
        failures = 0;
      } catch (error) {
        if (failures++ % 50 === 0) log.warn({ error: String(error) }, 'the tail of events waits for the database');
      }
    }
    beginning = undefined;
  };

  return {
    async follow(filter) {
      const stream = new EventStream(filter, () => followers.delete(stream));
      followers.add(stream);
      beginning ??= begin().catch((error: unknown) => {
        beginning = undefined;
        throw error;
      });
      return beginning.then(
        () => stream,
        async (error: unknown) => {
          await stream.return();
          throw error;
        },
      );
    },
    async stop() {
      leaving.abort();
      for (const stream of [...followers]) await stream.return();
      await looking;
    },
  };
}
