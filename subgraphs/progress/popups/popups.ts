import type { Carrier, Stop } from '../../../shared/delivery/carrier.ts';
import type { Log } from '../../../shared/process/log.ts';
import { hashOf } from '../../../shared/delivery/partitions.ts';
import { traceFor } from '../../../shared/delivery/tracedEvents.ts';
import type { Completion } from '../completions/completionStore.ts';
import { PopupStream } from './popupStream.ts';

/**
 * Popups, live. A notification only says that a player has something new; what it is, is read from the database after the last one that was handed
 * out. One that is lost is made up for by looking every two seconds, once for all players who are listening.
 */
export interface Popups {
  /** Tells every process of the subgraph that these players have new popups. */
  notify(userIds: string[]): void;
  /** A player's completions after a place in the list, oldest first, then as they come; ends when `return` is called. */
  stream(userId: string, after: string): AsyncIterableIterator<Completion>;
  /** How many streams there are. */
  open(): number;
  stop: Stop;
}

export interface PopupReader {
  /** For each wish its popups, oldest first, at most `limit`. */
  findPopups(wishes: readonly PopupWish[], limit: number): Promise<Completion[][]>;
  findPopupSeqs(userIds: string[]): Promise<Map<string, string>>;
}

export interface PopupWish {
  userId: string;
  after: string;
}

const page = 100;
/** Streams that are read for in one statement. */
const together = 500;

/** Notifications of a player come by the channel of the player's partition, so that a process hears of those whom it has listeners of. */
export function openPopups(
  carrier: Carrier,
  reader: PopupReader,
  log: Log,
  partitions: number,
  everyMs = 2000,
): Popups {
  const channelOf = (userId: string) => `popups:${hashOf(userId) % partitions}`;
  const heard = new Map<string, Promise<Stop>>();
  const listening = new Map<string, Set<PopupStream>>();
  const wake = (userId: string, seq?: string, trace?: string) =>
    listening.get(userId)?.forEach((stream) => stream.wake(seq, trace));
  /** `userId`, or `userId|traceparent`, with commas between. */
  const hear = (told: string) => {
    const [userId, trace] = told.split('|');
    wake(userId!, undefined, trace);
  };
  const listenTo = (channel: string) => carrier.listen(channel, (all) => all.split(',').forEach(hear));
  const timer = setInterval(() => {
    if (listening.size === 0) return;
    reader.findPopupSeqs([...listening.keys()]).then(
      (seqs) => seqs.forEach((seq, userId) => wake(userId, seq)),
      (error: unknown) => log.warn({ error: String(error) }, 'popups wait for the database'),
    );
  }, everyMs);
  const read = readTogether(reader, log);
  const left = (stream: PopupStream) => {
    const others = listening.get(stream.userId);
    others?.delete(stream);
    if (others?.size === 0) listening.delete(stream.userId);
  };

  return {
    notify(userIds) {
      for (const [channel, some] of Map.groupBy(userIds, channelOf)) {
        const told = some.map((userId) => [userId, traceFor(userId)].filter(Boolean).join('|'));
        carrier.notify(channel, told.join(',')).catch((error: unknown) => {
          log.debug({ error: String(error) }, 'other processes were not notified of popups');
          some.forEach((userId) => wake(userId));
        });
      }
    },
    stream(userId, after) {
      const stream = new PopupStream(userId, after, read, left);
      // Listening comes first and reading second, so nothing falls in between.
      listening.set(userId, (listening.get(userId) ?? new Set()).add(stream));
      const channel = channelOf(userId);
      if (!heard.has(channel)) {
        heard.set(channel, listenTo(channel));
        // Of what came before it was heard, nobody has told.
        void heard.get(channel)!.then(() => stream.wake());
      }
      return stream;
    },
    open: () => [...listening.values()].reduce((sum, { size }) => sum + size, 0),
    async stop() {
      clearInterval(timer);
      for (const listening of heard.values()) await (await listening)();
      for (const streams of [...listening.values()]) for (const stream of [...streams]) await stream.return();
    },
  };
}

/** One statement for all streams that want to read at a time. While the database is away they get nothing; the look-out wakes them again. */
function readTogether({ findPopups }: PopupReader, log: Log) {
  type Answer = { popups: Completion[]; isAll: boolean };
  const waiting: { wish: PopupWish; resolve: (answer: Answer) => void }[] = [];
  let isReading = false;
  const readAll = async () => {
    while (waiting.length > 0) {
      const some = waiting.splice(0, together);
      const found = await findPopups(
        some.map(({ wish }) => wish),
        page,
      ).catch((error: unknown) => {
        log.warn({ error: String(error) }, 'popups wait for the database');
        return [];
      });
      some.forEach(({ resolve }, n) => {
        const popups = found[n] ?? [];
        resolve({ popups, isAll: popups.length < page });
      });
    }
    isReading = false;
  };
  return (userId: string, after: string) =>
    new Promise<Answer>((resolve) => {
      waiting.push({ wish: { userId, after }, resolve });
      if (isReading) return;
      isReading = true;
      setImmediate(() => void readAll());
    });
}
