import { randomUUID } from 'node:crypto';
import type { Log } from '../../../shared/process/log.ts';
import { channelKey } from '../../../shared/redis/redisChannels.ts';
import { openRedis, whole } from '../../../shared/redis/redis.ts';
import { type AskAggregator, away } from './client.ts';
import type { Outcome } from './lookups.ts';
import * as queue from './queue.ts';

export interface QueueClient {
  ask: AskAggregator;
  /** Whoever still waits is told that the aggregator is away. */
  stop(): Promise<void>;
}

/** Asks whichever aggregator reads the queue. Redis may be away, and then the aggregator is. */
export async function openQueueClient(redisUrl: string, log: Log, timeoutMs = queue.timeoutMs): Promise<QueueClient> {
  const client = randomUUID();
  const link = openRedis(redisUrl, log, 'queue of look-ups');
  await link.connect();
  const waiting = new Map<string, (outcome: Outcome) => void>();
  const answers = queue.answersKey(client);
  let [seen, asked] = ['0-0', 0];

  const stopLooking = await queue.lookWhenTold(link, queue.answersChannel(client), async () => {
    if (waiting.size === 0) return false;
    const words = ['xread', 'COUNT', queue.entriesAtOnce, 'STREAMS', answers, seen] as const;
    const [found] = whole(await link.send([{ key: answers, words }])) as [[string, queue.RawEntry[]][] | null];
    const entries = found?.[0]?.[1] ?? [];
    for (const entry of entries) {
      seen = entry[0];
      const { call, outcome } = queue.fieldsOf(entry);
      waiting.get(call!)?.(JSON.parse(outcome!) as Outcome);
    }
    return entries.length === queue.entriesAtOnce;
  });
  return {
    async ask(code) {
      const call = String(++asked);
      const answered = new Promise<Outcome>((resolve) => waiting.set(call, resolve));
      const timer = setTimeout(() => waiting.get(call)?.(away), timeoutMs);
      const words = ['client', client, 'call', call, 'code', code];
      const bell = channelKey(queue.askedChannel);
      const [sent] = await link.send([
        { key: queue.askedKey, words: ['xadd', queue.askedKey, 'MAXLEN', '~', queue.longest, '*', ...words] },
        { key: bell, words: ['spublish', bell, ''] },
      ]);
      if (sent!.status === 'rejected') waiting.get(call)?.(away);
      return answered.finally(() => (clearTimeout(timer), waiting.delete(call)));
    },
    async stop() {
      for (const resolve of waiting.values()) resolve(away);
      await stopLooking();
      await link.close();
    },
  };
}
