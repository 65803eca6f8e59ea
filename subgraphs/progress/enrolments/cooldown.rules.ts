import type { Quest, Version } from '../definitions/definitions.rules.ts';
import type { Enrolment } from './enrolments.rules.ts';
import { type Sight, isStreak, readingOf } from './reached.rules.ts';

/** Events that a quest does not count although its values move: those in the time after a completion, and its own completion. */

/** Did it happen in the time after a completion in which nothing counts? */
export function isCooling(quest: Quest, { coolsUntil }: Enrolment, at: number): boolean {
  const { cooldownSeconds } = quest.latest.terms;
  return coolsUntil !== null && at < coolsUntil && at >= coolsUntil - cooldownSeconds * 1000;
}

export function cooling(quest: Quest, enrolment: Enrolment, at: number): Enrolment {
  const { cooldownSeconds } = quest.latest.terms;
  if (cooldownSeconds === 0) return enrolment;
  return { ...enrolment, coolsUntil: Math.max(enrolment.coolsUntil ?? -Infinity, at + cooldownSeconds * 1000) };
}

/** An event does not count for a quest although its values have moved: the base moves as far. Periods in a row are what they are. */
export function passedOver(
  version: Version,
  enrolment: Enrolment,
  readings: readonly number[],
  sight: Sight,
): Enrolment {
  const base = version.objectives.map((objective, n) => {
    const before = enrolment.base[n] ?? null;
    const more = readingOf(objective, version.startsAt, sight) - readings[n]!;
    return more === 0 || isStreak(objective) ? before : (before ?? 0) + more;
  });
  return base.every((one, n) => one === enrolment.base[n]) ? enrolment : { ...enrolment, base };
}
