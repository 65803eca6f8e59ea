import type { Transaction } from '../../../shared/database/database.ts';
import type { EventEnvelope } from '../../../shared/events.ts';
import { timeOrderedId } from '../../../shared/ids.ts';
import { type Timeline, livingIn } from '../calendar/calendar.rules.ts';
import { findTimelines } from '../calendar/timelineStore.ts';
import { type Definitions, type KnownMeasure, type Quest, ownTypes } from '../definitions/definitions.rules.ts';
import { apply } from './apply.rules.ts';
import type { Changes } from './changes.rules.ts';
import { saveEnrolments } from '../enrolments/enrolmentStore.ts';
import { type Move, countOnly, movesOf } from './moves.rules.ts';
import type { Counted } from './player.rules.ts';
import { type Asked, findStates } from './states.ts';
import { type ValueKey, addSpans, findSeen, findValues, lookAtOpened, saveValues } from './valueStore.ts';

/** The events of one player in a batch, and what they move. */
interface Played {
  userId: string;
  timeline: Timeline;
  events: EventEnvelope[];
  moves: Move[];
}

/**
 * Counts events of players whose rows the transaction holds, under definitions that it keeps. Most events move values and nothing else; players for
 * whom a quest may complete are looked at one by one. Writes values and enrolments; resolves to those players with what they have earned.
 */
export async function countEvents(
  transaction: Transaction,
  definitions: Definitions,
  events: readonly EventEnvelope[],
): Promise<Changes[]> {
  const played = await playedIn(transaction, definitions, events);
  if (played.length === 0) return [];
  const known = await findMoved(transaction, played);
  const [plain, others]: [Pick<Changes, 'userId' | 'counted' | 'seen'>[], Played[]] = [[], []];
  for (const one of played) {
    const { userId, moves } = one;
    const counted = countOnly(known.values.get(userId) ?? new Map(), known.seen.get(userId) ?? new Map(), moves);
    if (counted) plain.push({ userId, ...counted });
    else others.push(one);
  }
  await saveValues(transaction, plain, known.values);
  if (others.length === 0) return [];
  const { states, values } = await findStates(
    transaction,
    others.map((one) => askedOf(definitions, one, known.values.get(one.userId) ?? new Map())),
    // What events of progress's own will show is not known yet.
    ({ events }) => events.some((type) => ownTypes.includes(type)),
  );
  const changes = others.map((one, n) => apply(states[n]!, one.events, definitions, timeOrderedId));
  await lookAtOpened(transaction, changes);
  await saveValues(transaction, changes, values);
  await saveEnrolments(transaction, changes);
  return changes;
}

async function playedIn(
  transaction: Transaction,
  definitions: Definitions,
  events: readonly EventEnvelope[],
): Promise<Played[]> {
  const byUser = Map.groupBy(
    events.filter(({ type, data }) => definitions.measuresOf(type, data).length > 0),
    ({ userId }) => userId!,
  );
  const isOwnTime = ({ timeZone, period, every }: KnownMeasure) => timeZone === null && (period ?? every) !== null;
  const living = [...byUser].filter(([, own]) =>
    own.some(({ type, data }) => definitions.measuresOf(type, data).some(isOwnTime)),
  );
  const timelineOf =
    living.length > 0
      ? await findTimelines(
          transaction,
          living.map(([userId]) => userId),
        )
      : () => livingIn('UTC');
  return [...byUser].map(([userId, own]) => {
    const timeline = timelineOf(userId);
    return { userId, timeline, events: own, moves: own.flatMap((event) => movesOf(event, definitions, timeline)) };
  });
}

/** The values that these events move, with those of their periods and texts that the events touch. */
async function findMoved(transaction: Transaction, played: readonly Played[]) {
  const all = played.flatMap(({ userId, moves }) =>
    moves.map((move) => ({ userId, measure: move.measure.id, bucket: move.bucket, move })),
  );
  const keys = new Map(all.map((one): [string, ValueKey] => [`${one.userId} ${one.move.key}`, one]));
  const values = await findValues(transaction, [...keys.values()]);
  const spanned = all.filter(({ move }) => move.active !== null);
  await addSpans(
    transaction,
    values,
    spanned,
    spanned.map(({ move }) => move.active!.span),
  );
  const shown = all.filter(({ move }) => move.text !== null);
  const seen = await findSeen(
    transaction,
    shown,
    shown.map(({ move }) => move.text!),
  );
  return { values, seen };
}

/** All that a player's events may touch: the quests that read what moved, those that a completion may open or move, and what all of them read. */
function askedOf(
  { ofOwnEvents }: Definitions,
  { userId, events, moves }: Played,
  known: ReadonlyMap<string, Counted>,
): Asked {
  const quests = new Set(
    [...Map.groupBy(moves, ({ key }) => key)].flatMap(([key, own]) => questsMoved(known.get(key), own)),
  );
  for (const measure of quests.size > 0 ? ofOwnEvents : []) for (const quest of measure.quests) quests.add(quest);
  for (const quest of quests) for (const dependent of quest.dependents) quests.add(dependent);
  return {
    userId,
    quests: [...quests],
    measures: moves.map(({ measure }) => measure),
    instants: events.map(({ occurredAt }) => Date.parse(occurredAt)),
    shown: moves.flatMap(({ measure, bucket, text }) =>
      text === null ? [] : [{ userId, measure: measure.id, bucket, digest: text }],
    ),
  };
}

/** The quests that `apply` looks at for these moves of one value: where none can complete, those that are new since it was looked at,
 * and those whose own completion it is. */
function questsMoved(known: Counted | undefined, moves: readonly Move[]): readonly Quest[] {
  const { quests, aggregation } = moves[0]!.measure;
  const most = moves.reduce((sum, { amount }) => sum + amount, known?.value.value ?? 0);
  const isBelow =
    known !== undefined &&
    known.nextAt >= 0 &&
    (known.next === null || (aggregation !== 'PERIODS' && aggregation !== 'MAX' && most < known.next));
  const isTold = ({ id }: Quest) => moves.some(({ of }) => of === id);
  return isBelow ? quests.filter((quest) => quest.changedAt > known.nextAt || isTold(quest)) : quests;
}
