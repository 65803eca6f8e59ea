import DataLoader from 'dataloader';
import type { Carrier, Stop } from '../../../shared/delivery/carrier.ts';
import type { Database } from '../../../shared/database/database.ts';
import { AlertStream } from './alertStream.ts';
import { channel } from './fanout.ts';
import { type Entry, findLater } from './timelineStore.ts';

/** A notification may be lost; nobody waits longer than this for what is stored. */
const everyMs = 5000;
const entriesAtOnce = 50;
const wishesAtOnce = 500;

export interface AlertStreams {
  open(userId: string, after: string): AlertStream;
  stop: Stop;
}

/** Everybody who listens in this process. What several of them wait for is read together. */
export async function openAlertStreams(database: Database, carrier: Carrier): Promise<AlertStreams> {
  const byUser = new Map<string, Set<AlertStream>>();
  const loader = new DataLoader<{ userId: string; after: string }, Entry[]>(
    async (wishes) => {
      const found = Map.groupBy(await findLater(database.fork(), wishes, entriesAtOnce), ({ userId }) => userId);
      // Two listeners of one reader may stand at different places.
      return wishes.map(({ userId, after }) =>
        (found.get(userId) ?? []).filter(({ seq }) => BigInt(seq) > BigInt(after)),
      );
    },
    { cache: false, maxBatchSize: wishesAtOnce, batchScheduleFn: (run) => setImmediate(run) },
  );
  const left = (stream: AlertStream) => {
    const streams = byUser.get(stream.userId);
    streams?.delete(stream);
    if (streams?.size === 0) byUser.delete(stream.userId);
  };
  const wake = (userId: string) => byUser.get(userId)?.forEach((stream) => stream.wake());
  const stopListening = await carrier.listen(channel, (message) => (JSON.parse(message) as string[]).forEach(wake));
  const timer = setInterval(() => [...byUser.keys()].forEach(wake), everyMs);
  return {
    open(userId, after) {
      const stream = new AlertStream(userId, after, (id, place) => loader.load({ userId: id, after: place }), left);
      const streams = byUser.get(userId) ?? new Set();
      byUser.set(userId, streams.add(stream));
      return stream;
    },
    async stop() {
      clearInterval(timer);
      await stopListening();
      for (const stream of [...byUser.values()].flatMap((streams) => [...streams])) await stream.return();
    },
  };
}
