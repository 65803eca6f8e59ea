import { type Period, type Timeline, spanAt, spanBefore, startOfSpan } from './calendar.rules.ts';
import { type Pause, hourMs, missedBetween, pausedSpans } from './pauses.rules.ts';

/**
 * What days, weeks or months with an event come to. Like counts of events, streaks follow from all that happened, so any order and any
 * number of deliveries of the same events end in the same state.
 */

export interface StreakTerms {
  period: Period;
  /** A period is filled by so many events. */
  perPeriod: number;
  /** So many periods in a row complete the streak. */
  target: number;
  /** For so many hours after a period has ended an event may still fill it. */
  graceHours: number;
  /** So many missed periods a streak survives on its way to one completion. */
  freezes: number;
  pauses: readonly Pause[];
}

/** A period in which something happened: how often within the hours of grace after the one before, and how often later. */
export interface Active {
  span: number;
  /** 0 to 2: one may fill the period before and one this, and more have no effect. */
  early: number;
  /** No more than fill it are counted. */
  later: number;
}

/** What an event at this instant does. */
export function activityOf(
  { period, graceHours }: Pick<StreakTerms, 'period' | 'graceHours'>,
  timeline: Timeline,
  at: number,
): Active {
  const span = spanAt(timeline, period, at);
  const isEarly = graceHours > 0 && at < startOfSpan(timeline, period, span) + graceHours * hourMs;
  return { span, early: isEarly ? 1 : 0, later: isEarly ? 0 : 1 };
}

export const together = (one: Active, other: Active, perPeriod: number): Active => ({
  span: one.span,
  early: Math.min(2, one.early + other.early),
  later: Math.min(perPeriod, one.later + other.later),
});

/** Have enough events come, within the period or the hours of grace before? */
export const isFilled = ({ early, later }: Active, perPeriod: number): boolean => early + later >= perPeriod;

export interface Streak {
  /** How often the streak was as long as it has to be; it begins again each time. */
  completions: number;
  /** Periods in a row toward the next completion. */
  length: number;
  /** Missed periods among them that the quest's freezes have covered. */
  frozen: number;
  /** The period that was filled last; null: none. */
  last: number | null;
  /** What it was before that; the periods between were covered when it went on. */
  before: Streak | null;
  wentOn: boolean;
}

const noStreak: Streak = { completions: 0, length: 0, frozen: 0, last: null, before: null, wentOn: false };

/** What periods with an event come to. */
export interface Readings {
  /** Every reading that may yet turn out the best, the best so far first. */
  all: readonly Streak[];
  /** The farthest that any streak has come: steps on the way are paid once for each completion, also when it was lost in between. */
  farthest: Pick<Streak, 'completions' | 'length'>;
}

/**
 * The streak after these periods, in their order, from one on. A period that was missed is filled by an event in the hours of grace after it, as
 * long as the streak stands; else it is passed over when it was paused; else a freeze covers it; else the streak begins again. What can be read in
 * several ways - whether an early event
 * fills its own period or the one before, and which periods a freeze is spent on - is read in the player's favour, so that playing more is never
 * worth less.
 */
export function readingsOf(terms: StreakTerms, timeline: Timeline, active: readonly Active[], from: number): Readings {
  const { period, freezes, perPeriod, target } = terms;
  const paused = pausedSpans(terms, timeline);
  const fill = (before: Streak, last: number, length: number, frozen: number, wentOn: boolean): Streak =>
    length < target
      ? { completions: before.completions, length, frozen, last, before, wentOn }
      : { completions: before.completions + 1, length: 0, frozen: 0, last, before, wentOn };
  const begin = (streak: Streak, span: number) => fill(streak, span, 1, 0, false);
  const goOn = (streak: Streak, span: number): Streak[] => {
    if (streak.length === 0 || streak.last! >= span) return [];
    const frozen = streak.frozen + missedBetween(paused, timeline, period, streak.last!, span);
    return frozen <= freezes ? [fill(streak, span, streak.length + 1, frozen, true)] : [];
  };
  let all = [noStreak];
  let farthest: Readings['farthest'] = noStreak;
  for (const one of active) {
    const { span, early, later } = one;
    if (span < from || !isFilled(one, perPeriod)) continue;
    const before = early > 0 ? spanBefore(timeline, period, span) : span;
    const rescued = all.flatMap((streak) => (before < span ? goOn(streak, before) : []));
    const areBoth = early + later > 1;
    const past = areBoth ? [...all, ...rescued].sort(byWorth) : all;
    all = worthKeeping([
      ...past.flatMap((streak) => goOn(streak, span)),
      begin(past[0]!, span),
      ...(areBoth ? [] : rescued),
    ]);
    if (byWorth(all[0]!, { ...noStreak, ...farthest }) < 0) farthest = all[0]!;
  }
  return { all, farthest };
}

const byWorth = (one: Streak, other: Streak) =>
  other.completions - one.completions || other.length - one.length || one.frozen - other.frozen;

/** Of readings that end in the same period, one that has completed less never catches up; a shorter one may, when it has more freezes left. */
function worthKeeping(readings: Streak[]): Streak[] {
  const kept = new Map<number | null, Streak>();
  return readings.sort(byWorth).filter((streak) => {
    const better = kept.get(streak.last);
    if (better && (better.completions > streak.completions || better.frozen <= streak.frozen)) return false;
    kept.set(streak.last, streak);
    return true;
  });
}

/** The periods that a streak, and those before it, have filled, and those that freezes have covered, or pauses. */
export function markedBy(streak: Streak): { filled: Set<number>; covered: Set<number> } {
  const [filled, covered] = [new Set<number>(), new Set<number>()];
  for (let { last, before, wentOn } = streak; before; { last, before, wentOn } = before) {
    filled.add(last!);
    if (wentOn) for (let span = before.last! + 1; span < last!; span++) covered.add(span);
  }
  return { filled, covered };
}

/** The period in which the streak under way has begun; null: there is none. */
export function beginOf(streak: Streak): number | null {
  if (streak.length === 0) return null;
  let first = streak;
  while (first.wentOn) first = first.before!;
  return first.last;
}
