import { randomUUID } from 'node:crypto';
import { type QuestTerms, type ToldTerms, termsOf } from '../../../shared/questTerms.rules.ts';

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
