import type { ObjectiveTerms } from '../../../shared/questTerms.rules.ts';
import { spanAt, startOfSpan } from '../calendar/calendar.rules.ts';
import { type MarkedPeriod, lastPeriods } from '../calendar/periods.rules.ts';
import { readingsOf } from '../calendar/streak.rules.ts';
import { lostAt, streakAt } from '../calendar/streakStanding.rules.ts';
import type { Objective, Quest, Version } from '../definitions/definitions.rules.ts';
import { versionOf } from '../definitions/definitions.rules.ts';
import { type Attempt, type Enrolment, attemptOf, locksOf, pausesFor } from './enrolments.rules.ts';
import { type Sight, isStreak, readingOf, streakTermsOf } from './reached.rules.ts';

/** How a player stands on a quest at an instant. Instants are milliseconds since 1970. */
export interface Standing {
  /** ENDED: nothing counts any more. DONE: there is no further completion, or none in this period. PAUSED: no streak is lost for now. */
  state: 'LOCKED' | 'OPEN' | 'PAUSED' | 'DONE' | 'ENDED';
  /** Quests that have to be completed before this one opens. */
  lockedBy: string[];
  /** What the values of the first objective are worth since the start of the quest. */
  counted: number;
  /** Completions that are due by now, in this period. */
  due: number;
  /** Toward the next completion, of the first objective; of a streak that was lost 0. */
  streak: number;
  /** What is missing of all objectives until the next completion; 0: there is none. */
  remaining: number;
  /** When the streak is lost if nothing happens. */
  resetsAt: number | null;
  /** Since when events count: from the start of the quest, or of this period. */
  startedAt: number;
  endsAt: number | null;
  /** When the quest begins anew. */
  nextResetAt: number | null;
  objectives: ObjectiveStanding[];
}

export interface ObjectiveStanding {
  name: string;
  measure: ObjectiveTerms['measure'];
  value: number;
  target: number;
  done: boolean;
}

/** `enrolment`: with the versions of now; `bucket`: the period of now, where the quest begins anew. */
export function standingOf(quest: Quest, enrolment: Enrolment, bucket: number, sight: Sight): Standing {
  const version = versionOf(quest, enrolment.version);
  const { terms, objectives, startsAt } = version;
  const attempt = attemptOf(version, enrolment, sight);
  const lockedBy = locksOf(terms, sight);
  const endsAt = terms.endsAt === null ? null : Date.parse(terms.endsAt);
  const isEnded = terms.archivedAt !== null || (endsAt !== null && sight.at >= endsAt);
  const isOver = attempt.isDone && attempt.due <= enrolment.completions;
  const isPaused =
    objectives.some(isStreak) &&
    pausesFor(version, sight).some(({ from, until }) => from <= sight.at && sight.at < until);
  const state = isEnded ? 'ENDED' : lockedBy.length > 0 ? 'LOCKED' : isOver ? 'DONE' : isPaused ? 'PAUSED' : 'OPEN';
  return {
    state,
    lockedBy,
    counted: readingOf(objectives[0]!, startsAt, sight),
    due: attempt.due,
    ...(isEnded || isOver
      ? { streak: 0, remaining: 0, resetsAt: null }
      : towardNext(version, enrolment, attempt, sight)),
    ...periodOf(version, bucket, sight),
    endsAt,
    objectives: objectives.map(({ terms: { name, measure, target } }, n) => {
      const value = isOver ? target : attempt.toward[n]!;
      return { name, measure, value, target, done: value >= target };
    }),
  };
}

function towardNext(version: Version, enrolment: Enrolment, attempt: Attempt, sight: Sight) {
  const { terms, objectives } = version;
  const [first] = objectives as [Objective];
  // A target that was lowered to what is there already is reached by the next event.
  if (attempt.due > enrolment.completions) return { streak: first.terms.target, remaining: 1, resetsAt: null };
  const steps = terms.steps.length === 0 ? 0 : enrolment.completions - enrolment.completionsAtBase;
  const next = terms.steps[steps % Math.max(1, terms.steps.length)]?.target;
  const missing = objectives.map((objective, n) => Math.max(0, (next ?? objective.terms.target) - attempt.toward[n]!));
  const remaining = terms.completes === 'ANY' ? Math.min(...missing) : missing.reduce((sum, one) => sum + one, 0);
  const { streak } = attempt.reached[0]!;
  const end =
    streak && lostAt(streakTermsOf(first, pausesFor(version, sight)), sight.timelineOf(first.measure), streak);
  const resetsAt = end !== null && sight.at < end && end < Infinity ? end : null;
  return { streak: attempt.toward[0]!, remaining: Math.max(1, remaining), resetsAt };
}

function periodOf({ terms: { every }, startsAt, objectives }: Version, bucket: number, sight: Sight) {
  if (every === null) return { startedAt: startsAt, nextResetAt: null };
  const timeline = sight.timelineOf(objectives[0]!.measure);
  const begins = startOfSpan(timeline, every, bucket);
  return { startedAt: Math.max(startsAt, begins), nextResetAt: startOfSpan(timeline, every, bucket + 1) };
}

/** The last periods of a streak, since the start of the quest, the oldest first; none of a quest that counts something else. */
export function markedPeriods(version: Version, sight: Sight, last: number): MarkedPeriod[] {
  const { objectives, startsAt } = version;
  const [first] = objectives as [Objective];
  if (!isStreak(first)) return [];
  const [terms, timeline] = [streakTermsOf(first, pausesFor(version, sight)), sight.timelineOf(first.measure)];
  const from = spanAt(timeline, terms.period, startsAt);
  const readings = readingsOf(terms, timeline, sight.activeOf(first.measure), from);
  return lastPeriods(terms, timeline, streakAt(terms, timeline, readings, sight.at), sight.at, last);
}
