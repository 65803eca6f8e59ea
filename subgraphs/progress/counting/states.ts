import type { Transaction } from '../../../shared/database/database.ts';
import { findTimelines } from '../calendar/timelineStore.ts';
import type { KnownMeasure, Quest } from '../definitions/definitions.rules.ts';
import { findPausesOf } from '../pauses/pauseStore.ts';
import { findEarlierCooldowns } from '../enrolments/cooldownStore.ts';
import { findCompletionCounts, findEnrolments } from '../enrolments/enrolmentStore.ts';
import { type Counted, type PlayerState, bucketOf } from './player.rules.ts';
import { type ByPlayer, type ValueKey, addSpans, findSeen, findValues } from './valueStore.ts';

/** What has to be known of a player. */
export interface Asked {
  userId: string;
  quests: readonly Quest[];
  /** Whether quests are asked for that read them or not. */
  measures?: readonly KnownMeasure[];
  /** In these periods, or those of these instants, where quests begin anew. */
  buckets?: readonly number[];
  instants?: readonly number[];
  /** Of DISTINCT: these digests. */
  shown: readonly (ValueKey & { digest: string })[];
}

/** Reads all that quests of players have counted; of the measures that `seenWhole` names, all that DISTINCT has seen. */
export async function findStates(
  em: Transaction,
  asked: readonly Asked[],
  seenWhole: (measure: KnownMeasure) => boolean,
): Promise<{ states: PlayerState[]; values: ByPlayer<Counted> }> {
  const userIds = asked.map(({ userId }) => userId);
  const timelineOf = await findTimelines(em, userIds);
  const pausesOf = await findPausesOf(em, userIds);
  const bucketsOf = (
    { userId, buckets, instants = [] }: Asked,
    of: Parameters<typeof bucketOf>[0],
  ): readonly number[] => {
    if (buckets) return buckets;
    return of.every === null ? onlyBucket : [...new Set(instants.map((at) => bucketOf(of, timelineOf(userId), at)))];
  };
  const keys = asked.flatMap((one) => {
    const objectives = one.quests.flatMap(({ versions }) => versions).flatMap((version) => version.objectives);
    const measures = new Set([...objectives.map(({ measure }) => measure), ...(one.measures ?? [])]);
    return [...measures].flatMap((measure) =>
      bucketsOf(one, measure).map((bucket) => ({ userId: one.userId, measure: measure.id, bucket, of: measure })),
    );
  });
  const values = await findValues(em, keys);
  await addSpans(
    em,
    values,
    keys.filter(({ of }) => of.aggregation === 'PERIODS'),
  );
  const seen = await findSeen(
    em,
    keys.filter(({ of }) => of.aggregation === 'DISTINCT' && seenWhole(of)),
  );
  const shown = asked.flatMap((one) => one.shown);
  const seenOfShown = await findSeen(
    em,
    shown,
    shown.map(({ digest }) => digest),
  );
  const quests = [...new Set(asked.flatMap((one) => one.quests))];
  const buckets = new Set(
    asked.flatMap((one) =>
      one.quests.flatMap(({ versions }) => versions.flatMap(({ terms }) => bucketsOf(one, terms))),
    ),
  );
  const enrolments = await findEnrolments(
    em,
    userIds,
    quests.map(({ id }) => id),
    [...buckets],
  );
  const questIds = new Set(quests.flatMap(idsAround));
  const completions = await findCompletionCounts(em, userIds, [...questIds]);
  const completedAt = await findEarlierCooldowns(em, asked, enrolments, timelineOf);
  const states = userIds.map((userId): PlayerState => ({
    userId,
    timeline: timelineOf(userId),
    pauses: pausesOf(userId),
    counted: values.get(userId) ?? new Map(),
    seen: new Map([...(seenOfShown.get(userId) ?? []), ...(seen.get(userId) ?? [])]),
    enrolments: enrolments.get(userId) ?? new Map(),
    completions: completions.get(userId) ?? new Map(),
    completedAt: completedAt.get(userId) ?? new Map(),
  }));
  return { states, values };
}

/** Of what never begins anew. */
const onlyBucket = [0];

const idsAround = (quest: Quest) => [quest.id, ...quest.versions.flatMap(({ terms }) => terms.requires)];
