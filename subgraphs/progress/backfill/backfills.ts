import type { Clock } from '../../../shared/clock.ts';
import type { Database } from '../../../shared/database/database.ts';
import { failpoint } from '../../../shared/process/failpoint.ts';
import type { Log } from '../../../shared/process/log.ts';
import type { Rounds } from '../../../shared/process/rounds.ts';
import { keepDefinitions } from '../definitions/definitionStore.ts';
import type { Effects } from '../apply.ts';
import { type Backfill, backfillOf, failBackfill, markMeasured, takeBackfill, untouched } from './backfillStore.ts';
import { type JobSettings, startJobs } from '../operations/jobs.ts';
import { firstRange, nextRange } from './pace.rules.ts';
import { payoutOf, workRange } from './range.ts';

/** So many of those who would complete a quest are named. */
const namedAtMost = 20;

/** Works at backfills: each range of players in a short transaction that also says how far the job has come. */
export function startBackfills(
  database: Database,
  { readDefinitions, notify, clock }: Pick<Effects, 'readDefinitions' | 'notify'> & { clock: Clock },
  log: Log,
  everyMs = 1000,
): Rounds {
  let playersAtMost = firstRange;
  const work: JobSettings['work'] = async (taken) => {
    const notified = await database.transaction(async (transaction) => {
      const began = performance.now();
      const held = await takeBackfill(transaction);
      if (!held) return null;
      const job = backfillOf(held);
      taken(job);
      await keepDefinitions(transaction);
      const definitions = await readDefinitions(transaction);
      const isLatest = definitions.byId.get(job.questId)?.latest.number === job.version;
      if (job.mode !== 'PREVIEW' && !isLatest) {
        transaction.assign(held, { state: 'STOPPED', updatedAt: clock() });
        return [];
      }
      const range = await workRange(transaction, definitions, job, playersAtMost, clock());
      const tookMs = performance.now() - began;
      transaction.assign(held, { ...advanced(job, range, tookMs), updatedAt: clock() });
      if (range.players === playersAtMost) playersAtMost = nextRange(playersAtMost, tookMs);
      if (held.state === 'DONE' && held.mode !== 'PREVIEW') await markMeasured(transaction, held);
      await transaction.flush();
      failpoint('backfill.beforeCommit');
      return range.notified;
    });
    failpoint('backfill.afterCommit');
    if (notified && notified.length > 0) notify(notified);
    return notified !== null;
  };
  const fail: JobSettings['fail'] = (id, error) => failBackfill(database.fork(), id, error, clock());
  return startJobs({ name: 'backfill', work, fail, log, everyMs });
}

type Progressed = Omit<Backfill, 'terms' | 'updatedAt'>;

/** The job after a range. One that has counted what it would pay begins to pay, unless that is beyond its budget. */
function advanced(
  { terms, updatedAt: _, ...job }: Backfill,
  { last, players, events, completed }: Awaited<ReturnType<typeof workRange>>,
  ms: number,
): Progressed {
  const next: Progressed = {
    ...job,
    afterUser: last ?? job.afterUser,
    players: job.players + players,
    events: job.events + events,
    completions: job.completions + completed.length,
    payout: payoutOf(completed, job.payout),
    firstPlayers: [...new Set([...job.firstPlayers, ...completed.map(({ userId }) => userId)])].slice(0, namedAtMost),
    workingMs: job.workingMs + Math.round(ms),
  };
  if (last !== null) return next;
  const beyond = terms.maxPayout.find(({ item, quantity }) => (next.payout[item] ?? 0) > quantity);
  if (job.isCounting && beyond) {
    const error = `It would pay ${next.payout[beyond.item]} ${beyond.item}, and maxPayout allows ${beyond.quantity}.`;
    return { ...next, state: 'REFUSED', error };
  }
  if (!job.isCounting || job.mode === 'PREVIEW') return { ...next, state: 'DONE' };
  return { ...next, ...untouched, isCounting: false };
}
