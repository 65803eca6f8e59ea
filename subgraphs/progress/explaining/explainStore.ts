import { type Database, type Transaction, rows } from '../../../shared/database/database.ts';
import { findBackfilled } from '../backfill/backfillStore.ts';
import { findCompletedAt, findVersionsCompleted } from '../completions/completionStore.ts';
import { attemptOf } from '../enrolments/enrolments.rules.ts';
import type { ProgressOn } from '../enrolments/standings.ts';
import { type ListedEvent, findRecent } from '../events/eventStore.ts';
import { type Reason, reasonsOf } from './explain.rules.ts';

/** So many of the last events are explained. */
const eventsAtMost = 50;

export interface ExplainedEvent {
  event: ListedEvent;
  reason: Reason | null;
}

/** The numbers behind a player's progress on a quest. */
export interface Explanation {
  progress: ProgressOn;
  /** The versions by which the player has completed the quest, and the one by which the attempt under way counts. */
  versions: number[];
  /** The last events of the quest's types, what happened last first. */
  events: ExplainedEvent[];
}

export async function explain(database: Database, progress: ProgressOn): Promise<Explanation> {
  const em = database.fork();
  const { userId, situation } = progress;
  const { version } = situation;
  const types = [...new Set(version.objectives.flatMap(({ measure }) => measure.events))];
  const measures = version.objectives.map(({ measure }) => measure.id);
  const { cooldownSeconds } = situation.quest.latest.terms;
  const [recent, versions, since, completedAt] = await Promise.all([
    findRecent(database, userId, types, eventsAtMost),
    findVersionsCompleted(em, userId, progress.questId),
    findSince(em, userId, measures),
    cooldownSeconds > 0 ? findCompletedAt(em, userId, progress.questId, eventsAtMost) : [],
  ]);
  const isDone = version.terms.every === null && attemptOf(version, situation.enrolment, situation.sight).isDone;
  const reasons = reasonsOf(
    {
      ...situation,
      completedAt,
      doneAt: isDone && versions.length > 0 ? Math.max(...versions.map(({ lastAt }) => lastAt.getTime())) : null,
      since: new Map(since.map((row) => [row.measure, Number(row.since)])),
    },
    recent
      .map(({ source, type, data, occurredAt, position }) => ({
        source,
        type,
        data,
        at: occurredAt.getTime(),
        place: Number(position.split('.')[1]),
      }))
      .reverse(),
  ).reverse();
  return {
    progress,
    versions: [...new Set([...versions.map((one) => one.version), version.number])].sort((one, other) => one - other),
    events: recent.map((event, n) => ({ event, reason: reasons[n]! })),
  };
}

/** By measure, after which event of the player it has begun to count: of whom a backfill has reached, it counts everything. */
async function findSince(em: Transaction, userId: string, measures: readonly string[]) {
  const backfilled = await findBackfilled(em, userId);
  return rows<{ measure: string; since: string }>(
    em,
    `select measure, case when exists (select from quest_version v join unnest($2::uuid[], $3::int[]) b(quest_id, version) using (quest_id, version)
       where v.measures @> array[measure]) then 0 else since end as since
     from measure where measure = any($1::uuid[])`,
    [measures, backfilled.map(({ questId }) => questId), backfilled.map(({ version }) => version)],
  );
}
