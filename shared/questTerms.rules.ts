/** What catalog tells the other subgraphs of a quest. Instants are RFC 3339 strings in UTC. */

export type Period = 'DAY' | 'WEEK' | 'MONTH';

/** What a completion pays, by item name; quantities are positive whole numbers up to 2^53 - 1. */
export interface RewardTerms {
  id: string;
  item: string;
  quantity: number;
}

/** A condition on the data of an event; `path` names members, separated by dots. */
export interface ConditionTerms {
  path: string;
  op: 'EQ' | 'NE' | 'GT' | 'GTE' | 'LT' | 'LTE' | 'IN' | 'EXISTS';
  /** A list of scalars for IN, true or false for EXISTS, else a scalar. */
  value: string | number | boolean | null | readonly (string | number | boolean | null)[];
}

/** One thing that is measured of a player's events, and how much of it completes the objective. */
export interface ObjectiveTerms {
  name: string;
  /** Types of event. */
  events: readonly string[];
  /** All must hold. */
  where: readonly ConditionTerms[];
  measure: 'COUNT' | 'SUM' | 'MAX' | 'DISTINCT' | 'PERIODS';
  /** The path of what SUM and MAX add and compare and of what DISTINCT tells apart; else null. */
  of: string | null;
  target: number;
  /** Of PERIODS alone: what is counted; a period counts once that many events lie in it. */
  period: Period | null;
  perPeriod: number;
  /** Of PERIODS alone: do only periods in a row count? */
  consecutive: boolean;
  /** For so many hours after a period has ended an event may still fill it. */
  graceHours: number;
  /** How many missed periods a streak survives on its way to one completion. */
  freezes: number;
}

/** A part of the way to the target that pays by itself. */
export interface StepTerms {
  target: number;
  rewards: readonly RewardTerms[];
}

/** The short way to say a quest of one objective. Of a quest with objectives it repeats the first of them. */
export interface SimpleTerms {
  trigger: string;
  streak: number;
  /** What the streak is made of: events, or days, weeks (Monday to Sunday) or months in which at least one happened. */
  period: 'EVENT' | Period;
  graceHours: number;
  freezes: number;
}

/** What publishing a version does beside what the version says itself. */
export interface PublicationTerms {
  /** With attempts that have begun: they end by their own version, or go on by this one. */
  inFlight: 'KEEP' | 'MOVE';
  /** With what happened before: nothing, count and pay, or count, pay and tell. */
  backfill: 'NONE' | 'SILENT' | 'NOTIFY';
  /** What the backfill may pay at most, by item; what is not named has no bound. A backfill that would pay more is refused before it pays anything. */
  maxPayout: readonly Pick<RewardTerms, 'item' | 'quantity'>[];
}

export interface LongTerms extends PublicationTerms {
  /** 1 to 10. */
  objectives: readonly ObjectiveTerms[];
  completes: 'ALL' | 'ANY';
  /** The quest begins anew each period; null: once and for all. */
  every: Period | null;
  /** Ascending, of the only objective, whose target is the last one; empty: the target alone pays. `rewards` repeats those of the last. */
  steps: readonly StepTerms[];
  /** For so long after a completion nothing counts; 0: no such time. */
  cooldownSeconds: number;
  /** Quests that a player must have completed before this one opens. */
  requires: readonly string[];
  /** With `archivedAt`: attempts that have begun may end, or nothing counts any more. */
  onArchive: 'FINISH' | 'STOP' | null;
}

/** All that other subgraphs need to know of a version of a quest. */
export interface QuestTerms extends SimpleTerms, LongTerms {
  questId: string;
  name: string;
  version: number;
  /** Whose calendar it is, an IANA name; null: each player's own. */
  timeZone: string | null;
  /** Completions at most; of a quest with `every`, in each period; with steps, times their number. */
  duplication: number;
  autoClaim: boolean;
  /** Counts and pays, and is not shown to players before they have completed it. */
  hidden: boolean;
  rewards: readonly RewardTerms[];
  startsAt: string;
  endsAt: string | null;
  archivedAt: string | null;
}

/** Terms as they were told before there were objectives: these say the short form, and those of the first version not even a period. */
export type ToldTerms = Omit<QuestTerms, keyof LongTerms | keyof SimpleTerms | 'timeZone'> &
  Pick<SimpleTerms, 'trigger' | 'streak'> &
  Partial<QuestTerms>;

/** Terms as they are meant, whenever they were told: what is left out has its default, and the short form says one objective. */
export function termsOf(told: ToldTerms): QuestTerms {
  const simple = { period: 'EVENT', graceHours: 0, freezes: 0, timeZone: null, ...told } as const;
  return {
    completes: 'ALL',
    every: null,
    steps: [],
    cooldownSeconds: 0,
    requires: [],
    inFlight: 'KEEP',
    backfill: 'NONE',
    maxPayout: [],
    onArchive: told.archivedAt === null ? null : 'STOP',
    ...simple,
    objectives: told.objectives ?? [objectiveOf(simple)],
  };
}

/** The objective that the short form means. */
export function objectiveOf({ trigger, streak, period, graceHours, freezes }: SimpleTerms): ObjectiveTerms {
  const isCalendar = period !== 'EVENT';
  return {
    name: 'streak',
    events: [trigger],
    where: [],
    measure: isCalendar ? 'PERIODS' : 'COUNT',
    of: null,
    target: streak,
    period: isCalendar ? period : null,
    perPeriod: 1,
    consecutive: true,
    graceHours,
    freezes,
  };
}
