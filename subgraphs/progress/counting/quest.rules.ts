import type { QuestTerms } from '../../../shared/questTerms.rules.ts';

/**
 * What an event does to progress on a quest. Completions are counted, never incremented: they follow from how many events count, so any
 * order and any number of deliveries of the same events end in the same state.
 */

/** The first sign-in of a player is a sign-in too. */
const alsoCountedBy: Record<string, string[]> = { UserSignIn: ['NewUserSignIn'] };

/** The types of event that move a quest with this trigger. */
export function typesCountedBy(trigger: string): string[] {
  return [trigger, ...(alsoCountedBy[trigger] ?? [])];
}

/**
 * The name of the tally that a quest reads. Quests without an end share one tally per trigger, so that a thousand of them cost one
 * count per event; a quest that ends has a tally of its own, which stops by itself.
 */
export function tallyOf(terms: Pick<QuestTerms, 'questId' | 'trigger' | 'endsAt'>): string {
  return terms.endsAt === null ? terms.trigger : `${terms.trigger} of ${terms.questId}`;
}

/** Does an event at this instant (milliseconds since 1970) fall into the quest's window? The start belongs to it, the end does not. */
export function isInWindow(terms: Pick<QuestTerms, 'startsAt' | 'endsAt'>, occurredAt: number): boolean {
  return occurredAt >= Date.parse(terms.startsAt) && (terms.endsAt === null || occurredAt < Date.parse(terms.endsAt));
}

/** Does an event enter the quest's tally? A shared tally takes every event of its types; see `isUncounted`. */
export function isTallied(terms: QuestTerms, occurredAt: number): boolean {
  return terms.endsAt === null || isInWindow(terms, occurredAt);
}

/** Is an event in the quest's tally that the quest does not count, because it happened before the quest began? */
export function isUncounted(terms: QuestTerms, occurredAt: number): boolean {
  return isTallied(terms, occurredAt) && !isInWindow(terms, occurredAt);
}

/** May some of the quest's tally have happened before the quest began, when the earliest of it happened at this instant? */
export function hasEarlier(terms: QuestTerms, firstAt: number): boolean {
  return isUncounted(terms, firstAt);
}

/** Completions that so many counted events are worth: least(duplication, counted / streak). Compared by >=, so a lowered target works too. */
export function completionsDue(terms: Pick<QuestTerms, 'streak' | 'duplication'>, counted: number): number {
  return Math.min(terms.duplication, Math.floor(counted / terms.streak));
}

/** The numbers of the completions that so many counted events make due and that are not there yet. */
export function newCompletions(terms: QuestTerms, counted: number, completions: number): number[] {
  return notThereYet(terms, completionsDue(terms, counted), completions);
}

/** Of completions that are due, the numbers of those to come: what was completed stays completed, whatever a new version asks. */
export function notThereYet({ archivedAt }: QuestTerms, due: number, completions: number): number[] {
  if (archivedAt !== null) return [];
  return Array.from({ length: Math.max(0, due - completions) }, (_, n) => completions + 1 + n);
}

export interface Standing {
  /** Events counted toward the next completion. */
  streak: number;
  /** Events still needed; 0 when there is nothing more to complete. */
  remaining: number;
}

/** How a player stands after so many counted events and completions. */
export function standing(terms: QuestTerms, counted: number, completions: number): Standing {
  if (terms.archivedAt !== null || completions >= terms.duplication) return { streak: 0, remaining: 0 };
  const towardNext = Math.min(terms.streak, Math.max(0, counted - completions * terms.streak));
  // A target that was lowered to what is already there is reached by the next event.
  return { streak: towardNext, remaining: Math.max(1, (completions + 1) * terms.streak - counted) };
}
