import type { Transaction } from '../../../shared/database.ts';
import type { EventEnvelope } from '../../../shared/events.ts';
import { timeOrderedId } from '../../../shared/ids.ts';
import { type Timeline, livingIn } from '../calendar/calendar.rules.ts';
import { findTimelines } from '../calendar/timelineStore.ts';
import { type Definitions, type KnownMeasure, type Quest, ownTypes } from '../definitions/definitions.rules.ts';
import { apply } from './apply.rules.ts';
import type { Changes } from './changes.rules.ts';
import { findCompletionCounts, findEnrolments, saveEnrolments } from './enrolmentStore.ts';
import { type Move, countOnly, movesOf } from './moves.rules.ts';
import { type PlayerState, bucketOf } from './player.rules.ts';
import { type ValueKey, addSpans, findSeen, findValues, saveValues } from './valueStore.ts';

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
  const { states, values } = await findStates(transaction, definitions, others);
  const changes = others.map((one, n) => apply(states[n]!, one.events, definitions, timeOrderedId));
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

/** All that these players' events may touch: the quests that read what moved, those that a completion may open or move, and what all of them read. */
async function findStates(transaction: Transaction, definitions: Definitions, played: readonly Played[]) {
  const timelineOf = await findTimelines(
    transaction,
    played.map(({ userId }) => userId),
  );
  const wanted = played.map(({ userId, moves, events }) => {
    const timeline = timelineOf(userId);
    const quests = questsBehind(
      definitions,
      moves.map(({ measure }) => measure),
    );
    const instants = events.map(({ occurredAt }) => Date.parse(occurredAt));
    const bucketsOf = (every: Parameters<typeof bucketOf>[0]) => [
      ...new Set(instants.map((at) => bucketOf(every, timeline, at))),
    ];
    const measures = new Set(
      quests.flatMap(({ versions }) => versions.flatMap((one) => one.objectives)).map((one) => one.measure),
    );
    return {
      userId,
      timeline,
      keys: [...measures].flatMap((measure) =>
        bucketsOf(measure).map((bucket) => ({ userId, measure: measure.id, bucket, of: measure })),
      ),
      enrolments: quests.flatMap((quest) =>
        [...new Set(quest.versions.flatMap(({ terms }) => bucketsOf(terms)))].map((bucket) => ({
          userId,
          questId: quest.id,
          bucket,
        })),
      ),
      quests,
    };
  });
  const keys = wanted.flatMap((one) => one.keys);
  const values = await findValues(transaction, keys);
  await addSpans(
    transaction,
    values,
    keys.filter(({ of }) => of.aggregation === 'PERIODS'),
  );
  const distinct = keys.filter(({ of }) => of.aggregation === 'DISTINCT');
  const isOwn = ({ of }: (typeof keys)[number]) => of.events.some((type) => ownTypes.includes(type));
  const shown = played.flatMap(({ userId, moves }) =>
    moves.flatMap(({ measure, bucket, text }) =>
      text === null ? [] : [{ userId, measure: measure.id, bucket, text }],
    ),
  );
  // What events of progress's own will show is not known yet.
  const seen = await findSeen(transaction, distinct.filter(isOwn));
  const alsoSeen = await findSeen(
    transaction,
    shown,
    shown.map(({ text }) => text),
  );
  const enrolments = await findEnrolments(
    transaction,
    wanted.flatMap((one) => one.enrolments),
  );
  const questIds = new Set(wanted.flatMap(({ quests }) => quests.flatMap(idsAround)));
  const completions = await findCompletionCounts(
    transaction,
    wanted.map(({ userId }) => userId),
    [...questIds],
  );
  const states = wanted.map(({ userId, timeline }): PlayerState => ({
    userId,
    timeline,
    counted: values.get(userId) ?? new Map(),
    seen: new Map([...(alsoSeen.get(userId) ?? []), ...(seen.get(userId) ?? [])]),
    enrolments: enrolments.get(userId) ?? new Map(),
    completions: completions.get(userId) ?? new Map(),
  }));
  return { states, values };
}

const idsAround = (quest: Quest) => [quest.id, ...quest.versions.flatMap(({ terms }) => terms.requires)];

/** Quests that events of these measures may move, directly or by what comes of it. */
function questsBehind(definitions: Definitions, measures: readonly KnownMeasure[]): Quest[] {
  const found = new Set(measures.flatMap(({ quests }) => quests));
  for (const { quests } of found.size > 0 ? definitions.ofOwnEvents : []) for (const quest of quests) found.add(quest);
  for (const quest of found) for (const dependent of quest.dependents) found.add(dependent);
  return [...found];
}
