import { dayMs, localDay } from '../../../shared/calendar.rules.ts';

/** In so many calendar days a player moves to another time zone only so often. */
export const zoneChangeDays = 30;

/**
 * From which calendar day of this zone on, in whole days since 1970-01-01, the next change of time zone is possible; null: now. `changes` are
 * the instants of the earlier ones, in milliseconds since 1970 and in any order.
 */
export function nextChangeDay(
  changes: readonly number[],
  atMost: number,
  timeZone: string,
  now: number,
): number | null {
  const today = localDay(timeZone, now);
  const days = changes.map((at) => localDay(timeZone, at)).filter((day) => today - day < zoneChangeDays);
  if (days.length < atMost) return null;
  const [first] = days.sort((one, other) => one - other).slice(-atMost);
  return first! + zoneChangeDays;
}

/** 2026-11-28 */
export const dayInWords = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10);
