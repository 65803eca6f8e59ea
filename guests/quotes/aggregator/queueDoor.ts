import type { Stop } from '../../../shared/delivery/carrier.ts';
import type { Log } from '../../../shared/process/log.ts';
import { channelKey } from '../../../shared/redis/redisChannels.ts';
import { openRedis } from '../../../shared/redis/redis.ts';
import { codeOf } from '../quote.rules.ts';
import type { Lookups } from './lookups.ts';
import * as queue from './queue.ts';

const group = 'aggregators';
/** Nobody waits for an answer that long; then the stream of a process that has gone goes too. */
const answersKeptMs = 60_000;

/** Answers what is asked by the queue. Each entry is one aggregator's, whatever number of them there is. */
export async function openQueueDoor(redisUrl: string, lookUp: Lookups, log: Log): Promise<Stop> {
  const link = openRedis(redisUrl, log, 'queue of look-ups');
  await link.connect();
  const key = queue.askedKey;

  const answer = async (entry: queue.RawEntry) => {
    const { client, call, code } = queue.fieldsOf(entry);
    const known = codeOf(code ?? '');
    if (!client || !call || known === undefined) return;
    const outcome = JSON.stringify(await lookUp(known));
    const [answers, bell] = [queue.answersKey(client), channelKey(queue.answersChannel(client))];
    await link.send([
      { key: answers, words: ['xadd', answers, 'MAXLEN', '~', queue.longest, '*', 'call', call, 'outcome', outcome] },
      { key: answers, words: ['pexpire', answers, answersKeptMs] },
      { key: bell, words: ['spublish', bell, ''] },
    ]);
  };
  const stopLooking = await queue.lookWhenTold(link, queue.askedChannel, async () => {
    const read = ['xreadgroup', 'GROUP', group, 'reader', 'NOACK', 'COUNT', queue.entriesAtOnce] as const;
    const [found, time] = await link.send([
      { key, words: [...read, 'STREAMS', key, '>'] },
      { key, words: ['time'] },
    ]);
    if (found!.status === 'rejected') {
      if (!String(found!.reason).includes('NOGROUP')) return false;
      await link.send([{ key, words: ['xgroup', 'CREATE', key, group, '0', 'MKSTREAM'] }]);
      return true;
    }
    const entries = (found!.value as [string, queue.RawEntry[]][] | null)?.[0]?.[1] ?? [];
    // By the clock that gave the entries their places.
    const [seconds, micros] = time!.status === 'fulfilled' ? (time!.value as [string, string]) : ['0', '0'];
    const now = Number(seconds) * 1000 + Number(micros) / 1000;
    const isWaitedFor = ([position]: queue.RawEntry) => now - parseInt(position) < queue.timeoutMs;
    for (const entry of entries.filter(isWaitedFor)) void answer(entry);
    return entries.length === queue.entriesAtOnce;
  });
  return async () => {
    await stopLooking();
    await link.close();
  };
}
