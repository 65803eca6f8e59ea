import { zoneOf } from '../../shared/timeZone.rules.ts';

/** What a quest is, what makes its definition valid, and what a new version may change. */

export interface Reward {
  id: string;
  name: string;
  item: string;
  quantity: number;
}

export type RewardDefinition = Omit<Reward, 'id'>;

/** What a streak is made of: events, or calendar days, weeks or months in which at least one happened. */
export const periods = ['EVENT', 'DAY', 'WEEK', 'MONTH'] as const;
export type Period = (typeof periods)[number];

/** What operators decide about a quest. */
export interface Definition {
  name: string;
  title: string;
  description: string;
  trigger: string;
  streak: number;
  duplication: number;
  period: Period;
  /** Whose calendar it is; null: each player's own. */
  timeZone: string | null;
  graceHours: number;
  freezes: number;
  autoClaim: boolean;
  rewards: RewardDefinition[];
  category: string | null;
  tags: string[];
  startsAt: Date;
  endsAt: Date | null;
  hidden: boolean;
}

export interface Quest extends Definition {
  id: string;
  rewards: Reward[];
  archivedAt: Date | null;
  version: number;
  createdAt: Date;
}

/** A definition as somebody wrote it: anything may be absent or of any kind. */
export type Draft = { readonly [Field in keyof Definition]?: unknown };

export const fields: readonly (keyof Definition)[] = [
  'name',
  'title',
  'description',
  'trigger',
  'streak',
  'duplication',
  'period',
  'timeZone',
  'graceHours',
  'freezes',
  'autoClaim',
  'rewards',
  'category',
  'tags',
  'startsAt',
  'endsAt',
  'hidden',
];

const isWhole = (value: unknown, from = 1, to = 1_000_000) =>
  Number.isInteger(value) && Number(value) >= from && Number(value) <= to;
const isFlag = (value: unknown) => typeof value === 'boolean';
const matches = (value: unknown, form: RegExp) => typeof value === 'string' && form.test(value);

/** Text that a database can hold and a person can read: from so many characters, that are not all blank, to so many. */
export function isText(value: unknown, from: number, to: number): boolean {
  if (typeof value !== 'string' || !value.isWellFormed() || /[^\P{Cc}\n\t]/u.test(value)) return false;
  return value.trim().length >= from && [...value].length <= to;
}

function isInstant(value: unknown): boolean {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) return false;
  return value.getUTCFullYear() >= 2000 && value.getUTCFullYear() <= 9999;
}

export const isName = (value: unknown): value is string => matches(value, /^[a-z0-9]([a-z0-9-]{1,62}[a-z0-9])$/);
export const isTrigger = (value: unknown) => matches(value, /^[A-Z][A-Za-z0-9]{0,63}$/);
export const isCategory = (value: unknown) => isText(value, 1, 32);
export const isTags = (value: unknown) =>
  Array.isArray(value) &&
  value.length <= 20 &&
  value.every((tag) => isText(tag, 1, 32)) &&
  new Set(value).size === value.length;

/** Every fault of a definition at once, one sentence each, that begins with the name of the field. None: it is valid. */
export function checkQuest(quest: Draft): string[] {
  const { startsAt, endsAt } = quest;
  const mayEnd = endsAt === null || isInstant(endsAt);
  const rules: [boolean, string][] = [
    [isName(quest.name), 'name must be 3 to 64 of a-z, 0-9 and dash, with no dash at either end.'],
    [isText(quest.title, 1, 120), 'title must be text of 1 to 120 characters.'],
    [isText(quest.description, 0, 2000), 'description must be text of at most 2000 characters.'],
    [isTrigger(quest.trigger), 'trigger must be 1 to 64 letters and digits, the first a capital letter.'],
    [isWhole(quest.streak), 'streak must be a whole number from 1 to 1000000.'],
    [isWhole(quest.duplication), 'duplication must be a whole number from 1 to 1000000.'],
    ...calendarRules(quest),
    [isFlag(quest.autoClaim), 'autoClaim must be true or false.'],
    [quest.category === null || isCategory(quest.category), 'category must be text of 1 to 32 characters.'],
    [isTags(quest.tags), 'tags must be at most 20 different texts of 1 to 32 characters.'],
    [isInstant(startsAt), 'startsAt must be an instant such as 2026-11-21T09:30:00Z, from the year 2000 on.'],
    [mayEnd, 'endsAt must be an instant such as 2026-11-21T09:30:00Z, from the year 2000 on.'],
    [
      !isInstant(startsAt) || !isInstant(endsAt) || (endsAt as Date) > (startsAt as Date),
      'endsAt must be after startsAt.',
    ],
    [isFlag(quest.hidden), 'hidden must be true or false.'],
  ];
  return [...broken(rules), ...checkRewards(quest.rewards)];
}

/** Where a streak is made of events there is no calendar to speak of. */
function calendarRules({ period, timeZone, graceHours, freezes }: Draft): [boolean, string][] {
  const isZone = typeof timeZone === 'string' && zoneOf(timeZone) !== undefined;
  const isGrace = isWhole(graceHours, 0, 23);
  const areFreezes = isWhole(freezes, 0, 1000);
  const isCalendar = period !== 'EVENT';
  return [
    [periods.some((one) => one === period), 'period must be EVENT, DAY, WEEK or MONTH.'],
    [timeZone === null || isZone, 'timeZone must be the name of an IANA time zone, such as Europe/Berlin.'],
    [isGrace, 'graceHours must be a whole number from 0 to 23.'],
    [areFreezes, 'freezes must be a whole number from 0 to 1000.'],
    [isCalendar || !isZone, 'timeZone needs a period of DAY, WEEK or MONTH.'],
    [isCalendar || !isGrace || graceHours === 0, 'graceHours needs a period of DAY, WEEK or MONTH.'],
    [isCalendar || !areFreezes || freezes === 0, 'freezes needs a period of DAY, WEEK or MONTH.'],
  ];
}

function checkRewards(rewards: unknown): string[] {
  if (!Array.isArray(rewards) || rewards.length < 1 || rewards.length > 20)
    return ['rewards must be a list of 1 to 20.'];
  const drafts = rewards as (Partial<Record<keyof RewardDefinition, unknown>> | null)[];
  const items = drafts.map((reward) => reward?.item);
  return drafts.flatMap((reward, index) =>
    broken([
      [
        matches(reward?.item, /^[A-Z][A-Z0-9_]{0,63}$/),
        `rewards[${index}].item must be 1 to 64 of A-Z, 0-9 and underscore, the first a letter.`,
      ],
      [items.indexOf(reward?.item) === index, `rewards[${index}].item is there already: each item may be paid once.`],
      [isWhole(reward?.quantity), `rewards[${index}].quantity must be a whole number from 1 to 1000000.`],
      [
        (reward?.name ?? null) === null || isText(reward?.name, 1, 120),
        `rewards[${index}].name must be text of 1 to 120 characters.`,
      ],
    ]),
  );
}

const broken = (rules: [boolean, string][]) => rules.filter(([holds]) => !holds).map(([, sentence]) => sentence);

/** "10 diamonds", "1 gold", "3 golden key" */
export function rewardName(item: string, quantity: number): string {
  const noun = item === 'DIAMOND' && quantity !== 1 ? 'diamonds' : item.toLowerCase().replaceAll('_', ' ');
  return `${quantity} ${noun}`;
}
