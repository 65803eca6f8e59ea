import { plain } from './shape.rules.ts';

const units = { days: 'D', hours: 'H', minutes: 'M', seconds: 'S' } as const;
const longestDays = 366;

/** Days, hours, minutes and seconds of an ISO 8601 duration; weeks are days, and months and years have no length of their own. */
function partsOf(duration: string): number[] | null {
  const form = /^P(?=.)(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?=.)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?$/;
  const found = form.exec(duration);
  if (!found) return null;
  const [weeks = 0, days = 0, ...rest] = found.slice(1).map((part) => Number(part ?? 0));
  return [weeks * 7 + days, ...rest];
}

/** Of a duration that is one. A day has twenty-four hours here: it is a length of time, and no day of a calendar. */
export function secondsOf(duration: string | null): number {
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = (duration === null ? null : partsOf(duration)) ?? [];
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
}

/** PT1H30M, and not PT90M: one way to write each length. */
function durationOf(length: number): string {
  const seconds = length % 60;
  const minutes = Math.floor(length / 60) % 60;
  const hours = Math.floor(length / 60 / 60) % 24;
  const days = Math.floor(length / 60 / 60 / 24);
  const part = (count: number, unit: string) => (count === 0 ? '' : `${count}${unit}`);
  const time = part(hours, units.hours) + part(minutes, units.minutes) + part(seconds, units.seconds);
  return `P${part(days, units.days)}${time && `T${time}`}`;
}

function isCooldown(value: unknown): boolean {
  if (typeof value !== 'string' || partsOf(value) === null) return false;
  const length = secondsOf(value);
  return length >= 1 && length <= secondsOf(`P${longestDays}D`);
}

export const cooldown = {
  ...plain(
    'duration',
    isCooldown,
    `must be an ISO 8601 duration of weeks, days, hours, minutes and seconds, such as PT1H or P1D, of one second to ${longestDays} days.`,
  ),
  settle: (value: unknown) => durationOf(secondsOf(value as string)),
};
