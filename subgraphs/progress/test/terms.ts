import { randomUUID } from 'node:crypto';
import { type ObjectiveTerms, type QuestTerms, type ToldTerms, termsOf } from '../../../shared/questTerms.rules.ts';

/** The canonical quest, and what a test changes of it. */
export const questTerms = (changes: Partial<ToldTerms> = {}): QuestTerms =>
  termsOf({
    questId: randomUUID(),
    name: 'sign-in-three-times',
    version: 1,
    trigger: 'UserSignIn',
    streak: 3,
    period: 'EVENT',
    timeZone: null,
    graceHours: 0,
    freezes: 0,
    duplication: 2,
    autoClaim: false,
    hidden: false,
    rewards: [{ id: randomUUID(), item: 'DIAMOND', quantity: 10 }],
    startsAt: '2026-01-01T00:00:00.000Z',
    endsAt: null,
    archivedAt: null,
    ...changes,
  });

/** The next version of a quest that is said in the short form. */
export const revised = ({ objectives: _, ...terms }: QuestTerms, changes: Partial<ToldTerms>): QuestTerms =>
  termsOf({ ...terms, version: terms.version + 1, ...changes });

const whole = {
  measure: 'COUNT',
  of: null,
  target: 1,
  where: [],
  period: null,
  perPeriod: 1,
  consecutive: false,
  graceHours: 0,
  freezes: 0,
} as const;

/** An objective of a quest in the long form. */
export const objective = (
  name: string,
  events: string | string[],
  changes: Partial<ObjectiveTerms> = {},
): ObjectiveTerms => ({
  ...whole,
  name,
  events: [events].flat(),
  ...changes,
});

/** A quest in the long form. */
export const questOf = (objectives: ObjectiveTerms[], changes: Partial<QuestTerms> = {}): QuestTerms => ({
  ...questTerms({ trigger: objectives[0]!.events[0]!, streak: objectives[0]!.target, duplication: 1 }),
  objectives,
  ...changes,
});
