import type { Transaction } from '../../../shared/database/database.ts';
import { timeOrderedId } from '../../../shared/ids.ts';
import { findTimelines } from '../calendar/timelineStore.ts';
import { complete } from '../completions/complete.ts';
import { rewardsOf } from '../completions/rewards.rules.ts';
import type { Changes, Completed } from '../counting/changes.rules.ts';
import { countEvents } from '../counting/counter.ts';
import { findFirstCompleted } from '../completions/completionStore.ts';
import { saveEnrolments } from '../enrolments/enrolmentStore.ts';
import { findPausesOf } from '../pauses/pauseStore.ts';
import { findStates } from '../counting/states.ts';
import { lookAtOpened, saveValues } from '../counting/valueStore.ts';
import type { Definitions, Version } from '../definitions/definitions.rules.ts';
import { readPast } from '../events/pastStore.ts';
import { type Backfill, lockNextPlayers } from './backfillStore.ts';
import { merged } from './merge.rules.ts';
import { type Replayed, aloneOf, replayOf } from './replay.rules.ts';

/** Events in memory at a time. */
const eventsAtMost = 4000;

/** What a range has come to. */
export interface RangeOutcome {
  /** The last player of the range; null: there was nobody left. */
  last: string | null;
  players: number;
  events: number;
  completed: Completed[];
  /** Players who have completed something, whoever made it. */
  notified: string[];
}

/**
 * Counts the past of the next players in the caller's transaction, which keeps the definitions. The players are held, and their events are stored
 * in the transactions that count them, so what is recorded of them and what is counted are of the same moment.
 */
export async function workRange(
  transaction: Transaction,
  definitions: Definitions,
  job: Backfill,
  playersAtMost: number,
  now: Date,
): Promise<RangeOutcome> {
  const userIds = await lockNextPlayers(transaction, job.afterUser, playersAtMost);
  const last = userIds.at(-1) ?? null;
  const { replays, events } = await replayAll(transaction, definitions, job, userIds);
  const players = { last, players: userIds.length, events };
  if (replays.size === 0) return { ...players, completed: [], notified: [] };
  if (job.mode === 'PREVIEW')
    return { ...players, completed: [...replays.values()].flatMap(completedIn), notified: [] };

  const changes = await mergeAll(transaction, definitions, job, replays, now);
  const completed = changes.flatMap((one) => one.completed);
  if (job.isCounting) return { ...players, completed, notified: [] };
  await complete(transaction, changes, now, job.mode === 'SILENT');
  const others = await countOwn(transaction, definitions, changes, now);
  const loud = job.mode === 'SILENT' ? others : [...completed, ...others];
  return { ...players, completed, notified: [...new Set(loud.map(({ userId }) => userId))] };
}

const completedIn = ({ completed }: Replayed) => [...completed.values()].flat();

async function replayAll(
  transaction: Transaction,
  definitions: Definitions,
  job: Backfill,
  userIds: readonly string[],
) {
  const alone = aloneOf(definitions, job.terms);
  const types = [...new Set([...alone.measures.values()].flatMap((measure) => measure.events))];
  const timelineOf = await findTimelines(transaction, userIds);
  const pausesOf = await findPausesOf(transaction, userIds);
  const required =
    job.terms.requires.length > 0 ? await findFirstCompleted(transaction, userIds, job.terms.requires) : new Map();
  const replays = new Map<string, ReturnType<typeof replayOf>>();
  let events = 0;
  for await (const portion of readPast(transaction, userIds, types, -Infinity, eventsAtMost)) {
    for (const [userId, own] of Map.groupBy(portion, ({ event }) => event.userId!)) {
      const replay =
        replays.get(userId) ??
        replayOf(
          userId,
          { timeline: timelineOf(userId), pauses: pausesOf(userId) },
          required.get(userId) ?? new Map(),
          alone,
          timeOrderedId,
        );
      replays.set(userId, replay);
      replay.take(own.map(({ event }) => event));
    }
    events += portion.length;
  }
  return { replays: new Map([...replays].map(([userId, replay]) => [userId, replay.end()])), events };
}

async function mergeAll(
  transaction: Transaction,
  definitions: Definitions,
  job: Backfill,
  replays: ReadonlyMap<string, Replayed>,
  now: Date,
): Promise<Changes[]> {
  const quest = definitions.byId.get(job.questId)!;
  const measures = quest.latest.objectives.map(({ measure }) => measure);
  const quests = [...new Set([quest, ...measures.flatMap((measure) => measure.quests), ...quest.dependents])];
  const players = [...replays].filter(([, { counted }]) => counted.size > 0);
  const { states, values } = await findStates(
    transaction,
    players.map(([userId, { counted }]) => ({
      userId,
      quests,
      buckets: [...new Set([0, ...[...counted.values()].map(({ bucket }) => bucket)])],
      shown: [],
    })),
    (measure) => measures.includes(measure),
  );
  const version: Version = quest.latest;
  const changes = players.map(([, replayed], n) => merged(states[n]!, replayed, version, definitions, now.getTime()));
  if (!job.isCounting) {
    await lookAtOpened(transaction, changes);
    await saveValues(transaction, changes, values);
    await saveEnrolments(transaction, changes);
  }
  return changes;
}

/** Completions are events too, and may complete what counts them. */
async function countOwn(
  transaction: Transaction,
  definitions: Definitions,
  changes: readonly Changes[],
  now: Date,
): Promise<Completed[]> {
  if (definitions.ofOwnEvents.length === 0) return [];
  const own = changes.flatMap((one) => one.own);
  return complete(transaction, await countEvents(transaction, definitions, own), now);
}

/** What completions pay, claimed or not, by item. */
export function payoutOf(
  completed: readonly Completed[],
  before: Readonly<Record<string, number>>,
): Record<string, number> {
  const payout = { ...before };
  for (const { version, step } of completed)
    for (const { item, quantity } of rewardsOf(version.terms, step))
      payout[item] = Math.min(Number.MAX_SAFE_INTEGER, (payout[item] ?? 0) + quantity);
  return payout;
}
