import type { Carrier, Stop } from '../shared/carrier.ts';
import { failpoint } from '../shared/failpoint.ts';
import type { Log } from '../shared/log.ts';
import { type Completion } from './historyStore.ts';

/**
 * Popups, live. A bell only says that a player has something new; what it is, is read from the database after the last one that was handed
 * out. A bell that is lost is made up for by looking every two seconds, once for all players who are listening.
 */
export interface Popups {
  /** Tells every process of the room that these players have new popups. */
  ring(userIds: string[]): void;
  /** A player's completions after a place in the list, oldest first, then as they come; ends when `return` is called. */
  stream(userId: string, after: string): AsyncIterableIterator<Completion>;
  stop: Stop;
}

export interface PopupReader {
  findPopups(userId: string, after: string, limit: number): Promise<Completion[]>;
  findPopupSeqs(userIds: string[]): Promise<Map<string, string>>;
}

const bell = 'popups';
const page = 100;

interface Listener {
  /** The last popup that was handed out. */
  seen: bigint;
  wake(): void;
}

export async function openPopups(carrier: Carrier, reader: PopupReader, log: Log, everyMs = 2000): Promise<Popups> {
  const listeners = new Map<string, Set<Listener>>();
  const wake = (userId: string, seq?: bigint) => {
    for (const listener of listeners.get(userId) ?? []) if (seq === undefined || seq > listener.seen) listener.wake();
  };
  const deafen = await carrier.listen(bell, (userIds) => userIds.split(',').forEach((userId) => wake(userId)));
  const timer = setInterval(() => {
    if (listeners.size === 0) return;
    reader.findPopupSeqs([...listeners.keys()]).then(
      (seqs) => seqs.forEach((seq, userId) => wake(userId, BigInt(seq))),
      (error: unknown) => log.warn({ error: String(error) }, 'popups wait for the database'),
    );
  }, everyMs);

  // While the database is away a stream waits; the look-out above wakes it when there is something to read.
  const read = (userId: string, seen: bigint) =>
    reader.findPopups(userId, String(seen), page).catch((error: unknown) => {
      log.warn({ error: String(error) }, 'popups wait for the database');
      return [];
    });

  return {
    ring(userIds) {
      carrier.ring(bell, userIds.join(',')).catch((error: unknown) => {
        log.debug({ error: String(error) }, 'the bell is silent');
        userIds.forEach((userId) => wake(userId));
      });
    },
    stream(userId, after) {
      const ready: Completion[] = [];
      let ended = false;
      let rung = true;
      let wakeUp = () => {};
      const listener: Listener = {
        seen: BigInt(after),
        wake() {
          rung = true;
          wakeUp();
        },
      };
      // Listening comes first and reading second, so nothing falls in between.
      const others = listeners.get(userId) ?? new Set();
      listeners.set(userId, others.add(listener));
      const end = () => {
        ended = true;
        others.delete(listener);
        if (others.size === 0 && listeners.get(userId) === others) listeners.delete(userId);
        wakeUp();
      };
      const next = async (): Promise<IteratorResult<Completion>> => {
        while (!ended) {
          const one = ready.shift();
          if (one) {
            failpoint('popup.betweenSockets');
            listener.seen = BigInt(one.position);
            return { value: one, done: false };
          }
          if (rung) {
            rung = false;
            ready.push(...(await read(userId, listener.seen)));
            if (ready.length === page) rung = true;
          } else await new Promise<void>((resolve) => (wakeUp = resolve));
        }
        return { value: undefined, done: true };
      };
      // Hand-written, because a native generator that waits does not hear `return` before its next event.
      return {
        next,
        async return() {
          end();
          return { value: undefined, done: true };
        },
        async throw(error) {
          end();
          throw error;
        },
        [Symbol.asyncIterator]() {
          return this;
        },
      };
    },
    async stop() {
      clearInterval(timer);
      await deafen();
      for (const group of listeners.values()) for (const listener of group) listener.wake();
    },
  };
}
