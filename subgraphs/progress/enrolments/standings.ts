import type { Clock } from '../../../shared/clock.ts';
import type { Transaction } from '../../../shared/database/database.ts';
import type { QuestTerms } from '../../../shared/questTerms.rules.ts';
import { livingIn, spanAt } from '../calendar/calendar.rules.ts';
import type { MarkedPeriod } from '../calendar/periods.rules.ts';
import { findTimelines } from '../calendar/timelineStore.ts';
import type { Definitions, Quest } from '../definitions/definitions.rules.ts';
import { versionOf } from '../definitions/definitions.rules.ts';
import type { Situation } from '../explaining/explain.rules.ts';
import { findPausesOf } from '../pauses/pauseStore.ts';
import { findCompletionCounts, findEnrolmentsOf } from './enrolmentStore.ts';
import { type Enrolment, fold } from './enrolments.rules.ts';
import { newcomerOn } from './newcomer.rules.ts';
import { bucketOf, keyOf, sightOf } from '../counting/player.rules.ts';
import { type Standing, markedPeriods, standingOf } from './standing.rules.ts';
import { addSpans, findValuesOf } from '../counting/valueStore.ts';

/** How one player stands on one quest, with the numbers behind it. */
export interface ProgressOn extends Standing {
  userId: string;
  questId: string;
  /** Those of `lockedBy` that players may know of. */
  shownLocks: string[];
  /** What decides about single events. */
  situation: Pick<Situation, 'quest' | 'version' | 'enrolment' | 'sight'>;
  period: QuestTerms['period'];
  /** Over all periods in which the quest begins anew. */
  completions: number;
  /** The last periods, the oldest first; none of a quest that counts events. */
  periods(last: number): MarkedPeriod[];
  serverTime: Date;
}

/** A quest that is asked for: whether it is shown may depend on how often the player has completed it. */
export type IsShown = (terms: QuestTerms, completions: number) => boolean;

/** Reads how players stand: of each, the quests that are shown, in the order in which they were defined. */
export function standingReader(
  em: Transaction,
  readDefinitions: (em: Transaction) => Promise<Definitions>,
  clock: Clock,
): (userIds: readonly string[], isShown: IsShown) => Promise<Map<string, ProgressOn[]>> {
  return async (userIds, isShown) => {
    const serverTime = clock();
    const at = serverTime.getTime();
    const definitions = await readDefinitions(em);
    const timelineOf = definitions.quests.some(isByOwnTime) ? await findTimelines(em, userIds) : () => livingIn('UTC');
    const buckets = currentBuckets(definitions, userIds.map(timelineOf), at);
    const [values, enrolments, counts, pausesOf] = await Promise.all([
      findValuesOf(em, userIds, buckets),
      findEnrolmentsOf(em, userIds, buckets),
      beginAnew(definitions) ? findCompletionCounts(em, userIds, null) : null,
      findPausesOf(em, userIds),
    ]);
    await addSpans(em, values, periodKeys(definitions, values));
    const completionsOf = (userId: string): ReadonlyMap<string, number> =>
      counts ? (counts.get(userId) ?? new Map()) : completedIn(enrolments.get(userId));
    const standOn = (userId: string, quest: Quest): ProgressOn => {
      const timeline = timelineOf(userId);
      const bucket = bucketOf(quest.latest.terms, timeline, at);
      const [counted, completions] = [values.get(userId) ?? new Map(), completionsOf(userId)];
      const sight = sightOf({ timeline, pauses: pausesOf(userId), counted, completions }, bucket, at);
      const known = enrolments.get(userId)?.get(keyOf(quest.id, bucket));
      const enrolment = fold(quest, known ?? newcomerOn(quest, bucket, counted, definitions.sequence, sight), sight);
      const version = versionOf(quest, enrolment.version);
      const standing = standingOf(quest, enrolment, bucket, sight);
      return {
        userId,
        questId: quest.id,
        situation: { quest, version, enrolment, sight },
        period: version.terms.period,
        completions: completions.get(quest.id) ?? 0,
        ...standing,
        shownLocks: standing.lockedBy.filter((id) => !definitions.byId.get(id)?.latest.terms.hidden),
        periods: (last) => markedPeriods(version, sight, last),
        serverTime,
      };
    };
    return new Map(
      userIds.map((userId) => {
        const completions = completionsOf(userId);
        const shown = definitions.quests.filter(({ id, latest }) => isShown(latest.terms, completions.get(id) ?? 0));
        return [userId, shown.map((quest) => standOn(userId, quest))];
      }),
    );
  };
}

const isByOwnTime = ({ versions }: Quest): boolean =>
  versions.some(
    ({ terms }) =>
      terms.timeZone === null && (terms.every !== null || terms.objectives.some(({ period }) => period !== null)),
  );

/** Only then players have completed more than the enrolments of now tell. */
const beginAnew = ({ quests }: Definitions): boolean =>
  quests.some(({ versions }) => versions.some(({ terms }) => terms.every !== null));

const completedIn = (enrolments: ReadonlyMap<string, Enrolment> = new Map()): ReadonlyMap<string, number> =>
  new Map([...enrolments].map(([key, { completions }]) => [key.split(' ')[0]!, completions]));

/** The periods of now, in whatever calendar; numbers of days, weeks and months differ too much to be mistaken for each other. */
function currentBuckets(
  { quests }: Definitions,
  timelines: readonly ReturnType<typeof livingIn>[],
  at: number,
): number[] {
  const buckets = new Set([0]);
  for (const { latest } of quests)
    if (latest.terms.every !== null)
      for (const timeline of latest.terms.timeZone === null ? timelines : [livingIn(latest.terms.timeZone)])
        buckets.add(spanAt(timeline, latest.terms.every, at));
  return [...buckets];
}

function periodKeys({ measures }: Definitions, values: Awaited<ReturnType<typeof findValuesOf>>) {
  return [...values].flatMap(([userId, counted]) =>
    [...counted.keys()].flatMap((key) => {
      const [measure, bucket] = key.split(' ') as [string, string];
      return measures.get(measure)?.aggregation === 'PERIODS' ? [{ userId, measure, bucket: Number(bucket) }] : [];
    }),
  );
}
