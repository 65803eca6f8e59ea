import { localDay, localMidnight } from '../../../shared/calendar.rules.ts';

/** The last calendar day on which a player was there. Instants in milliseconds since 1970, days in whole days since 1970-01-01. */
export interface ActiveDay {
  day: number;
  /** When the player's next day may begin. */
  endsAt: number;
}

/** The day on which a player is there at this instant; the same object while the last one goes on. */
export function activeDayAt(last: ActiveDay | null, timeZone: string, at: number): ActiveDay {
  if (last && at < last.endsAt) return last;
  const day = Math.max(localDay(timeZone, at), last?.day ?? -Infinity);
  return { day, endsAt: localMidnight(timeZone, day + 1) };
}

/** The day of a player who moves on it: it ends no earlier than it would have, and not before it ends at the new place. */
export const movedTo = ({ day, endsAt }: ActiveDay, timeZone: string): ActiveDay => ({
  day,
  endsAt: Math.max(endsAt, localMidnight(timeZone, day + 1)),
});
