import { type Transaction, rows } from '../../../shared/database/database.ts';
import { type Retimed, findTimelines } from '../calendar/timelineStore.ts';
import type { Definitions } from '../definitions/definitions.rules.ts';
import { readPast } from '../events/pastStore.ts';
import { ownTimeMeasures, recountedFrom, recounting, withRecounted } from './recount.rules.ts';
import { addSpans, findSeen, findValues, saveValues } from './valueStore.ts';

/** Events in memory at a time. */
const eventsAtMost = 4000;

/**
 * Counts again what players have done since they had moved without our knowing, see `recount.rules`. Their rows are held by the transaction, and the
 * events that it brings are not stored yet. A move that is told before anything else has happened costs one look at the index.
 */
export async function recount(
  transaction: Transaction,
  definitions: Definitions,
  retimed: readonly Retimed[],
): Promise<void> {
  if (retimed.length === 0) return;
  const measures = ownTimeMeasures(definitions);
  const late = measures.length === 0 ? [] : await thoseWithEventsSince(transaction, retimed);
  if (late.length === 0) return;
  const types = [...new Set(measures.flatMap(({ events }) => events))];
  const since = await findSince(
    transaction,
    measures.map(({ id }) => id),
  );
  const timelineOf = await findTimelines(
    transaction,
    late.map(({ userId }) => userId),
  );
  for (const { userId, from } of late) {
    const timeline = timelineOf(userId);
    const again = recounting(timeline, definitions, since);
    const begin = recountedFrom(measures, timeline, from);
    for await (const portion of readPast(transaction, [userId], types, begin, eventsAtMost)) again.take(portion);
    const keys = [...again.counted.values()].map(({ measure, bucket }) => ({
      userId,
      measure: measure.id,
      bucket,
      measured: measure,
    }));
    const known = await findValues(transaction, keys);
    await addSpans(
      transaction,
      known,
      keys.filter(({ measured }) => measured.aggregation === 'PERIODS'),
    );
    const seen = await findSeen(
      transaction,
      keys.filter(({ measured }) => measured.aggregation === 'DISTINCT'),
    );
    const changes = withRecounted(userId, again, known.get(userId) ?? new Map(), seen.get(userId) ?? new Map());
    await saveValues(transaction, [changes], known);
  }
  await rows(transaction, 'update player set is_recounted = true where user_id = any($1::uuid[])', [
    late.map(({ userId }) => userId),
  ]);
}

async function thoseWithEventsSince(em: Transaction, retimed: readonly Retimed[]): Promise<Retimed[]> {
  const found = await rows<{ user_id: string }>(
    em,
    `select user_id from unnest($1::uuid[], $2::timestamptz[]) r(user_id, since)
     where exists (select from event where event.user_id = r.user_id and occurred_at >= since)`,
    [
      retimed.map(({ userId }) => userId),
      retimed.map(({ from }) => (from === -Infinity ? '-infinity' : new Date(from).toISOString())),
    ],
  );
  const late = new Set(found.map(({ user_id }) => user_id));
  return retimed.filter(({ userId }) => late.has(userId));
}

/** After which event the measuring began. */
async function findSince(em: Transaction, measures: readonly string[]): Promise<Map<string, number>> {
  const found = await rows<{ measure: string; since: string }>(
    em,
    'select measure, since from measure where measure = any($1::uuid[])',
    [measures],
  );
  return new Map(found.map(({ measure, since }) => [measure, Number(since)]));
}
