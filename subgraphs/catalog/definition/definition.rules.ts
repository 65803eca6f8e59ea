import type { ConditionTerms, ObjectiveTerms } from '../../../shared/questTerms.rules.ts';

/** What a quest is, as operators and the catalog speak of it. `fields.rules.ts` describes each field. */

export interface Reward {
  id: string;
  name: string;
  item: string;
  quantity: number;
}

export type RewardDefinition = Omit<Reward, 'id'>;
/** Whether periods must be in a row is null where none are counted. */
export type Objective = Omit<ObjectiveTerms, 'consecutive'> & { readonly consecutive: boolean | null };
export type Condition = ConditionTerms;

/** A part of the way to the target, which pays by itself. */
export interface Step<Paid = RewardDefinition> {
  target: number;
  rewards: Paid[];
}

/** What a streak is made of: events, or calendar days, weeks or months in which at least one happened. */
export const periods = ['EVENT', 'DAY', 'WEEK', 'MONTH'] as const;
export type Period = (typeof periods)[number];
export type CalendarPeriod = Exclude<Period, 'EVENT'>;

/**
 * What operators decide about a quest. What counts is said in the simple form (trigger, streak, period, graceHours, freezes) or in the long
 * one (objectives), never in both.
 */
export interface Definition {
  name: string;
  title: string;
  description: string;
  /** This and the next are null in the long form. */
  trigger: string | null;
  streak: number | null;
  duplication: number;
  period: Period;
  /** Whose calendar it is; null: each player's own. */
  timeZone: string | null;
  graceHours: number;
  freezes: number;
  /** Null in the simple form. */
  objectives: Objective[] | null;
  completes: 'ALL' | 'ANY';
  every: CalendarPeriod | null;
  /** Empty: the target alone pays. */
  steps: Step[];
  /** An ISO 8601 duration; null: none. */
  cooldown: string | null;
  /** Names of quests, which never change. */
  requires: string[];
  autoClaim: boolean;
  /** Empty where the steps pay. */
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
  steps: Step<Reward>[];
  archivedAt: Date | null;
  /** With `archivedAt`: attempts that have begun may end, or nothing counts any more. */
  onArchive: 'FINISH' | 'STOP' | null;
  version: number;
  createdAt: Date;
}

/** A definition as somebody wrote it: anything may be absent or of any kind. */
export type Draft = { readonly [Field in keyof Definition]?: unknown };
