import type {
  CalendarPeriod,
  ConditionInput,
  DefinedFragment,
  Measure,
  ObjectiveInput,
  Operator,
} from '../operations.generated.ts';

/** Objectives, steps and rewards as they stand in the form: numbers as they were typed, lists as text. */

export interface ConditionDraft {
  path: string;
  op: Operator;
  /** A number, true, false and null are read as such; anything else is text, and what would be read otherwise stands in quotes. */
  value: string;
}

export interface ObjectiveDraft {
  name: string;
  events: string[];
  where: ConditionDraft[];
  measure: Measure;
  of: string;
  target: number | string;
  period: CalendarPeriod;
  perPeriod: number | string;
  consecutive: boolean;
  graceHours: number | string;
  freezes: number | string;
}
// A field that can be said and does not stand in the form does not compile.
({}) as ObjectiveDraft satisfies Record<keyof ObjectiveInput, unknown>;
({}) as ConditionDraft satisfies Record<keyof ConditionInput, unknown>;

export const emptyObjective: ObjectiveDraft = {
  ...{ name: 'goal', events: [], where: [], measure: 'COUNT', of: '', target: 1 },
  ...{ period: 'DAY', perPeriod: 1, consecutive: true, graceHours: 0, freezes: 0 },
};

/** Which measures are about a part of the data. */
export const isOfData = (measure: Measure) => measure === 'SUM' || measure === 'MAX' || measure === 'DISTINCT';

export function objectiveDraftOf(objective: DefinedFragment['objectives'][number]): ObjectiveDraft {
  const { name, events, measure, target, perPeriod, graceHours, freezes } = objective;
  return {
    ...{ name, measure, target, perPeriod, graceHours, freezes },
    events: [...events],
    of: objective.of ?? '',
    period: objective.period ?? 'DAY',
    consecutive: objective.consecutive ?? true,
    where: objective.where.map(({ path, op, value }) => ({ path, op, value: typed(value) })),
  };
}

/** What the objective's measure knows nothing of is left out. */
export function objectiveInputOf(draft: ObjectiveDraft): ObjectiveInput {
  const { name, events, measure, of, where } = draft;
  const calendar = {
    period: draft.period,
    perPeriod: Number(draft.perPeriod),
    consecutive: draft.consecutive,
    graceHours: Number(draft.graceHours),
    freezes: Number(draft.freezes),
  };
  return {
    ...{ name, events, measure },
    target: Number(draft.target),
    ...(isOfData(measure) && { of }),
    ...(measure === 'PERIODS' && calendar),
    where: where.map(({ path, op, value }) => ({ path, op, value: meant(op, value) })),
  };
}

/** `a, b` is a list for IN. */
function meant(op: Operator, text: string): unknown {
  if (op === 'EXISTS') return text.trim() !== 'false';
  return op === 'IN' ? text.split(',').map((part) => scalarOf(part.trim())) : scalarOf(text);
}

function scalarOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const typed = (value: unknown): string =>
  Array.isArray(value)
    ? value.map(typed).join(', ')
    : typeof value === 'string' && scalarOf(value) === value
      ? value
      : JSON.stringify(value);

/** "wins: COUNT in MatchWon, 10, where mode EQ ranked" */
export function objectiveInWords({ name, events, measure, of, target, where, ...calendar }: ObjectiveDraft): string {
  const { period, perPeriod, consecutive, graceHours, freezes } = calendar;
  const isCalendar = measure === 'PERIODS';
  return [
    `${name}: ${measure}${isOfData(measure) ? ` of ${of}` : ''} in ${events.join(' or ')}`,
    String(target),
    isCalendar && `by ${period}${consecutive ? ' in a row' : ''}, ${perPeriod} each`,
    isCalendar && `grace ${graceHours}, freezes ${freezes}`,
    where.length > 0 && `where ${where.map((one) => `${one.path} ${one.op} ${one.value}`).join(' and ')}`,
  ]
    .filter(Boolean)
    .join(', ');
}
