import { conditions, path } from './condition.rules.ts';
import type { Objective } from './definition.rules.ts';
import { eventType } from './eventType.rules.ts';
import { list, orNull, plain, record } from './shape.rules.ts';
import { flag, largestWhole, matches, oneOf, whole } from './values.rules.ts';

/** What is measured of a player's events, and how much of it completes an objective. */

const name = plain(
  'objective name',
  (value) => matches(value, /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/),
  'must be 1 to 64 letters, digits, dashes and underscores, the first a letter or digit.',
);

export const objectiveFields = {
  name: { shape: name },
  events: {
    shape: list(eventType, {
      from: 1,
      to: 10,
      once: { of: (value) => value, at: '', must: 'is there already: each type counts once.' },
    }),
  },
  where: { shape: conditions, initial: [] },
  measure: { shape: oneOf('COUNT', 'SUM', 'MAX', 'DISTINCT', 'PERIODS'), initial: 'COUNT' },
  of: { shape: orNull(path), initial: null },
  target: { shape: whole(1, largestWhole) },
  period: { shape: orNull(oneOf('DAY', 'WEEK', 'MONTH')), initial: null },
  perPeriod: { shape: whole(1, 1_000_000), initial: 1 },
  consecutive: { shape: orNull(flag), initial: null },
  graceHours: { shape: whole(0, 23), initial: 0 },
  freezes: { shape: whole(0, 1000), initial: 0 },
} satisfies Record<keyof Objective, unknown>;

const written = record({ noun: 'an objective', members: objectiveFields, between: contradictions, inWords });

/** Periods are meant to be in a row unless it is said that they need not. */
const objective = {
  ...written,
  settle(value: unknown): Objective {
    const settled = written.settle(value) as Objective;
    return settled.measure === 'PERIODS' ? { ...settled, consecutive: settled.consecutive ?? true } : settled;
  },
};

const listed = list(objective, {
  from: 1,
  to: 10,
  once: {
    of: (value) => (value as Partial<Objective> | null)?.name,
    at: '.name',
    must: 'is that of an earlier objective.',
  },
});
const largestCharacters = 32_768;

/** All that is known of them travels in one event, which has an end. */
export const objectives = {
  ...listed,
  faults(value: unknown, at: string): string[] {
    const faults = listed.faults(value, at);
    if (faults.length > 0 || JSON.stringify(value).length <= largestCharacters) return faults;
    return [`${at} must not be longer than ${largestCharacters} characters, written as JSON.`];
  },
};

/** No order of arrival says where such a row broke. */
const inARow =
  'consecutive needs a measure of PERIODS: events in a row, which another type breaks, cannot be counted. Let the game send the length of its row as an event, and take the MAX of that.';

/** What an objective says that its measure knows nothing of. */
function contradictions(objective: Objective, at: string): string[] {
  const { measure, of, period, perPeriod, consecutive, graceHours, freezes, target } = objective;
  const measuresValue = measure === 'SUM' || measure === 'MAX' || measure === 'DISTINCT';
  const isCalendar = measure === 'PERIODS';
  const rules: [boolean, string][] = [
    [!measuresValue || of !== null, `of must say which part of an event's data ${measure} is about.`],
    [measuresValue || of === null, 'of needs a measure of SUM, MAX or DISTINCT.'],
    [!isCalendar || period !== null, 'period must be DAY, WEEK or MONTH where periods are counted.'],
    [isCalendar || period === null, 'period needs a measure of PERIODS.'],
    [isCalendar || perPeriod === 1, 'perPeriod needs a measure of PERIODS.'],
    [isCalendar || graceHours === 0, 'graceHours needs a measure of PERIODS.'],
    [isCalendar || freezes === 0, 'freezes needs a measure of PERIODS.'],
    [isCalendar || consecutive === null, inARow],
    [perPeriod === 1 || graceHours === 0, 'graceHours needs a perPeriod of 1.'],
    [
      consecutive !== false || graceHours === 0,
      'graceHours needs periods in a row: without consecutive each event fills the period in which it happened.',
    ],
    [
      consecutive !== false || freezes === 0,
      'freezes needs periods in a row: without consecutive a missed period ends nothing.',
    ],
    [!isCalendar || target <= 1_000_000, 'target must be at most 1000000 periods.'],
  ];
  return rules.filter(([holds]) => !holds).map(([, sentence]) => `${at}.${sentence}`);
}

/** "wins: COUNT of MatchWon where mode EQ "ranked", 10" */
function inWords({ name, events, where, measure, of, target, ...calendar }: Objective): string {
  const { period, perPeriod, consecutive, graceHours, freezes } = calendar;
  const parts = [
    `${name}: ${measure}${of === null ? '' : ` of ${of}`} in ${events.join(' or ')}`,
    where.length > 0 && `where ${conditions.inWords(where)}`,
    period && `by ${period}${consecutive ? ' in a row' : ''}`,
    perPeriod > 1 && `with ${perPeriod} each`,
    graceHours > 0 && `${graceHours} hours of grace`,
    freezes > 0 && `${freezes} freezes`,
    `target ${target}`,
  ];
  return parts.filter(Boolean).join(', ');
}
