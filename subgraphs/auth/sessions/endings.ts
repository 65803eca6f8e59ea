import type { Carrier, Stop } from '../../../shared/delivery/carrier.ts';
import { type Database, rows } from '../../../shared/database/database.ts';
import { type Handler, answerJson } from '../../../shared/process/http.ts';
import type { Log } from '../../../shared/process/log.ts';
import { accessSeconds } from './session.rules.ts';

/** Where gateways ask which sessions have ended. */
export const endingsPath = '/sessions/ended';

const channel = 'sessions';
/** A question is answered when a notification comes, or after this time: nobody depends on notifications. */
const longestWaitMs = 2000;
/** Clocks differ a little, and a transaction that ends sessions takes a moment to commit. */
const slackSeconds = 60;

export interface Endings {
  /** Sessions were ended, and that is committed. */
  notify(): void;
  /** `GET /sessions/ended?since=...`: sessions that have ended since then; without `since`, all whose access tokens may still be good. */
  answer(path: string, ...door: Parameters<Handler>): Promise<boolean>;
  stop: Stop;
}

/**
 * How an ended session becomes known to every gateway. The truth is in the table, and a gateway that asks again and again misses nothing,
 * whatever is lost on the way; the notification only makes the answer come at once.
 */
export async function openEndings(database: Database, carrier: Carrier, log: Log): Promise<Endings> {
  const waiting = new Set<() => void>();
  const wake = () => waiting.forEach((answer) => answer());
  const stopListening = await carrier.listen(channel, wake);
  const notificationOrTime = () =>
    new Promise<void>((resolve) => {
      const answer = () => {
        clearTimeout(timer);
        waiting.delete(answer);
        resolve();
      };
      const timer = setTimeout(answer, longestWaitMs);
      waiting.add(answer);
    });

  return {
    notify() {
      carrier
        .notify(channel, '')
        .catch((error: unknown) => log.debug({ err: error }, 'gateways were not notified of ended sessions'));
    },
    async answer(path, request, response) {
      if (path !== endingsPath) return false;
      const given = Date.parse(new URL(request.url ?? '/', 'http://door').searchParams.get('since') ?? '');
      if (given) await notificationOrTime();
      const asOf = new Date();
      const oldest = asOf.getTime() - (accessSeconds + slackSeconds) * 1000;
      const since = new Date(Math.max(oldest, (given || 0) - slackSeconds * 1000));
      const ended = await rows<{ id: string; endedAt: string }>(
        database.fork(),
        'select id, ended_at as "endedAt" from session where ended_at > $1',
        [since],
      );
      const told = ended.map(({ id, endedAt }) => ({ id, endedAt: new Date(endedAt) }));
      answerJson(response, 200, { asOf, forgetBefore: new Date(oldest), ended: told });
      return true;
    },
    async stop() {
      await stopListening();
      wake();
    },
  };
}
