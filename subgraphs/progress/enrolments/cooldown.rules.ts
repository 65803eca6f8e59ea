import type { Quest, Version } from '../definitions/definitions.rules.ts';
import type { Enrolment } from './enrolments.rules.ts';
import { type Sight, isStreak, readingOf } from './reached.rules.ts';

/** Events that a quest does not count although its values move: those in the time after a completion, and its own completion. */

const lengthOf = (quest: Quest): number => quest.latest.terms.cooldownSeconds * 1000;

/** Did it happen before the latest cooldown began? Then an earlier one may hold it, and only the instants of completions tell. */
export function isBeforeCooldown(quest: Quest, { coolsUntil }: Enrolment, at: number): boolean {
  return lengthOf(quest) > 0 && coolsUntil !== null && at < coolsUntil - lengthOf(quest);
}

/**
 * Did it happen in the time after a completion in which nothing counts? `completedAt`: when the quest was completed in this period, as far as the
 * cooldown of these completions may hold events that are `isBeforeCooldown`.
 */
export function isCooling(quest: Quest, enrolment: Enrolment, completedAt: readonly number[], at: number): boolean {
  if (isBeforeCooldown(quest, enrolment, at))
    return completedAt.some((instant) => at >= instant && at < instant + lengthOf(quest));
  return lengthOf(quest) > 0 && enrolment.coolsUntil !== null && at < enrolment.coolsUntil;
}

/** Of a quest with a cooldown: the enrolment after a completion. */
export function cooling(quest: Quest, enrolment: Enrolment, at: number): Enrolment {
  return { ...enrolment, coolsUntil: Math.max(enrolment.coolsUntil ?? -Infinity, at + lengthOf(quest)) };
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
