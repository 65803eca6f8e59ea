import type { Clock } from '../../../shared/clock.ts';
import type { Database } from '../../../shared/database.ts';
import { failpoint } from '../../../shared/failpoint.ts';
import type { Log } from '../../../shared/log.ts';
import { keepDefinitions } from '../definitions/definitionStore.ts';
import type { Effects } from '../apply.ts';
import { type Backfill, changeBackfill, failBackfill, markMeasured, takeBackfill } from './backfillStore.ts';
import { type JobSettings, type Jobs, startJobs } from '../operations/jobs.ts';
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
): Jobs {
  let playersAtMost = firstRange;
  const work: JobSettings['work'] = async (taken) => {
    const notified = await database.transaction(async (transaction) => {
      const began = performance.now();
      const job = await takeBackfill(transaction);
      if (!job) return null;
      taken(job);
      await keepDefinitions(transaction);
      const definitions = await readDefinitions(transaction);
      const isLatest = definitions.byId.get(job.questId)?.latest.number === job.version;
      if (job.mode !== 'PREVIEW' && !isLatest) {
        await changeBackfill(transaction, { ...job, state: 'STOPPED' }, clock());
        return [];
      }
      const range = await workRange(transaction, definitions, job, playersAtMost, clock());
      const tookMs = performance.now() - began;
      const next = advanced(job, range, tookMs);
      if (range.players === playersAtMost) playersAtMost = nextRange(playersAtMost, tookMs);
      await changeBackfill(transaction, next, clock());
      if (next.state === 'DONE' && next.mode !== 'PREVIEW') await markMeasured(transaction, next);
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
