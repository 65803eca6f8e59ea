import { type Environment, StartRefusal, days } from '../../shared/process/environment.ts';
import { zoneOf } from '../../shared/timeZone.rules.ts';

export interface VenueSettings {
  /** Whose days are those of `Met`. */
  timeZone: string;
  /** For how many days locations are kept, and who was where and close to whom. */
  keptDays: number;
}

/** Throws StartRefusal. */
export function settingsIn(environment: Environment): VenueSettings {
  const name = environment['VENUE_TIME_ZONE'] || 'UTC';
  const timeZone = zoneOf(name);
  if (timeZone === undefined)
    throw new StartRefusal(
      `VENUE_TIME_ZONE is no time zone: ${name.slice(0, 40)}.`,
      'Set VENUE_TIME_ZONE to an IANA name such as Europe/Berlin.',
    );
  // What is taken may be a day old.
  return { timeZone, keptDays: days(environment, 'VENUE_KEPT_DAYS', 30, { atLeast: 2, orZero: false }) };
}
