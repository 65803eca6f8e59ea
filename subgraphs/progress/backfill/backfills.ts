import type { Clock } from '../../../shared/clock.ts';
import { type Database, isAway } from '../../../shared/database.ts';
import { failpoint } from '../../../shared/failpoint.ts';
import type { Log } from '../../../shared/log.ts';
import { keepDefinitions } from '../definitions/definitionStore.ts';
import type { Effects } from '../apply.ts';
import { type Backfill, changeBackfill, failBackfill, markMeasured, takeBackfill } from './backfillStore.ts';
import { firstRange, nextRange } from './pace.rules.ts';
import { payoutOf, workRange } from './range.ts';

/** So many of those who would complete a quest are named. */
const namedAtMost = 20;

export interface Backfills {
  /** There may be something to do. */
  wake(): void;
  stop(): Promise<void>;
}

/**
 * Works at backfills, one range of players after the other, each in a short transaction of its own that also says how far it has come: a process
 * that dies leaves off where another goes on. Several processes work at several jobs.
 */
export function startBackfills(
  database: Database,
  { readDefinitions, notify, clock }: Pick<Effects, 'readDefinitions' | 'notify'> & { clock: Clock },
  log: Log,
  everyMs = 1000,
): Backfills {
  const leaving = new AbortController();
  let wake = () => {};
  let playersAtMost = firstRange;

  /** True: there may be more to do. */
  const work = async (): Promise<boolean> => {
    let current: Backfill | undefined;
    try {
      const notified = await database.transaction(async (transaction) => {
        const began = performance.now();
        current = await takeBackfill(transaction);
        if (!current) return null;
        await keepDefinitions(transaction);
        const definitions = await readDefinitions(transaction);
        const isLatest = definitions.byId.get(current.questId)?.latest.number === current.version;
        if (current.mode !== 'PREVIEW' && !isLatest) {
          await changeBackfill(transaction, { ...current, state: 'STOPPED' }, clock());
          return [];
        }
        const range = await workRange(transaction, definitions, current, playersAtMost, clock());
        const tookMs = performance.now() - began;
        const next = advanced(current, range, tookMs);
        if (range.players === playersAtMost) playersAtMost = nextRange(playersAtMost, tookMs);
        await changeBackfill(transaction, next, clock());
        if (next.state === 'DONE' && next.mode !== 'PREVIEW') await markMeasured(transaction, next);
        failpoint('backfill.beforeCommit');
        return range.notified;
      });
      failpoint('backfill.afterCommit');
      if (notified && notified.length > 0) notify(notified);
      return notified !== null;
    } catch (error) {
      if (!current || isAway(error)) {
        log.warn({ error: String(error) }, 'backfills wait for the database');
        return false;
      }
      log.error({ error: String(error), backfill: current.id }, 'a backfill has failed');
      const where = current.afterUser === null ? 'the first players' : `the players after ${current.afterUser}`;
      await failBackfill(database.fork(), current.id, `At ${where}: ${String(error)}`.slice(0, 500), clock()).catch(
        () => {},
      );
      return true;
    }
  };

  const running = (async () => {
    while (!leaving.signal.aborted) {
      if (await work()) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, everyMs);
        wake = () => (clearTimeout(timer), resolve());
      });
    }
  })();
  return {
    wake: () => wake(),
    async stop() {
      leaving.abort();
      wake();
      await running;
    },
  };
}

/** The job after a range. One that has counted what it would pay begins to pay, unless that is beyond its budget. */
function advanced(
  job: Backfill,
  { last, players, events, completed }: Awaited<ReturnType<typeof workRange>>,
  ms: number,
): Backfill {
  const next: Backfill = {
    ...job,
    afterUser: last ?? job.afterUser,
    players: job.players + players,
    events: job.events + events,
    completions: job.completions + completed.length,
    payout: payoutOf(completed, job.payout),
    firstPlayers: [...new Set([...job.firstPlayers, ...completed.map(({ userId }) => userId)])].slice(0, namedAtMost),
    workingMs: job.workingMs + ms,
  };
  if (last !== null) return next;
  const beyond = job.terms.maxPayout.find(({ item, quantity }) => (next.payout[item] ?? 0) > quantity);
  if (job.isCounting && beyond) {
    const error = `It would pay ${next.payout[beyond.item]} ${beyond.item}, and maxPayout allows ${beyond.quantity}.`;
    return { ...next, state: 'REFUSED', error };
  }
  if (!job.isCounting || job.mode === 'PREVIEW') return { ...next, state: 'DONE' };
  return {
    ...next,
    isCounting: false,
    afterUser: null,
    players: 0,
    events: 0,
    completions: 0,
    payout: {},
    firstPlayers: [],
  };
}
