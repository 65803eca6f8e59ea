import { dayMs } from '../../../shared/calendar.rules.ts';

/** So far back and ahead a pause may reach. */
export const daysAtMost = 400;

/** Why no streak can be paused from one instant to another, in milliseconds since 1970, the end left open; null: it can. */
export function faultOf(from: number, until: number | null, now: number): string | null {
  if (from < now - daysAtMost * dayMs) return `from lies at most ${daysAtMost} days back.`;
  if (until !== null && until <= from) return 'to has to be later than from.';
  if (Math.max(from, until ?? from) > now + daysAtMost * dayMs)
    return `from and to lie at most ${daysAtMost} days ahead.`;
  return null;
}
