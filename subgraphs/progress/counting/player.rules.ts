import type { Pause } from '../calendar/pauses.rules.ts';
import { type Timeline, livingIn, spanAt } from '../calendar/calendar.rules.ts';
import type { Active } from '../calendar/streak.rules.ts';
import type { KnownMeasure } from '../definitions/definitions.rules.ts';
import type { Enrolment } from '../enrolments/enrolments.rules.ts';
import type { Sight } from '../enrolments/reached.rules.ts';
import { type Value, empty } from './values.rules.ts';

/** A value as it is kept. */
export interface Counted {
  value: Value;
  /** Of PERIODS, by period. */
  spans: ReadonlyMap<number, Active>;
  /** The state of the definitions when it was first written. */
  born: number;
  /** The lowest value at which a quest could complete, see `nextOf`, and the state of the definitions for which that was found out. */
  next: number | null;
  nextAt: number;
}

/** A pause of one player; `questId` null: of all quests. */
export interface PlayerPause extends Pause {
  questId: string | null;
}

/** What is known of a player while events are applied. Keys are `keyOf` a measure or quest and a bucket. */
export interface PlayerState {
  userId: string;
  timeline: Timeline;
  /** Of this player alone; those of everybody are the quests'. */
  pauses: readonly PlayerPause[];
  counted: ReadonlyMap<string, Counted>;
  /** By the key of a DISTINCT value: those texts that it has seen already, among the ones that events show now. */
  seen: ReadonlyMap<string, ReadonlySet<string>>;
  enrolments: ReadonlyMap<string, Enrolment>;
  /** By quest, over all buckets. */
  completions: ReadonlyMap<string, number>;
  /** When quests were completed, where events are older than their latest cooldown; see `isCooling`. */
  completedAt: ReadonlyMap<string, readonly number[]>;
}

export const keyOf = (id: string, bucket: number): string => `${id} ${bucket}`;

export const uncounted = (sequence: number): Counted => ({
  value: empty,
  spans: new Map(),
  born: sequence,
  next: 0,
  nextAt: -1,
});

/** Whose days, weeks and months the measure divides time by. */
export const timelineOf = ({ timeZone }: Pick<KnownMeasure, 'timeZone'>, own: Timeline): Timeline =>
  timeZone === null ? own : livingIn(timeZone);

/** The period that an instant lies in, where values begin anew; 0: they do not. */
export function bucketOf(measure: Pick<KnownMeasure, 'every' | 'timeZone'>, own: Timeline, at: number): number {
  return measure.every === null ? 0 : spanAt(timelineOf(measure, own), measure.every, at);
}

/** What a player has in one bucket, at an instant. */
export function sightOf(
  { timeline, pauses, counted, completions }: Pick<PlayerState, 'timeline' | 'pauses' | 'counted' | 'completions'>,
  bucket: number,
  at: number,
): Sight {
  const find = ({ id, every }: KnownMeasure) => counted.get(keyOf(id, every === null ? 0 : bucket));
  return {
    at,
    valueOf: (measure) => find(measure)?.value ?? empty,
    activeOf: (measure) => [...(find(measure)?.spans.values() ?? [])].sort((one, other) => one.span - other.span),
    timelineOf: (measure) => timelineOf(measure, timeline),
    hasCompleted: (questId) => (completions.get(questId) ?? 0) > 0,
    pausesOf: (questId) => pauses.filter((one) => one.questId === null || one.questId === questId),
  };
}
