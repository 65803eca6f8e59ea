import type { Definition, Draft, Quest } from './definition.rules.ts';
import { checkQuest } from './check.rules.ts';
import { fieldOf, fields, settled } from './fields.rules.ts';
import { withForm, withSteps } from './form.rules.ts';

/** What a draft makes of a quest, or of none yet, and everything that speaks against it. */
export function planVersion(quest: Quest | null, draft: Draft, now: Date): { next: Draft; faults: string[] } {
  const next = quest ? nextVersion(quest, draft) : firstVersion(draft, now);
  return { next, faults: [...checkQuest(next), ...(quest ? checkNextVersion(quest, next, now) : [])] };
}

const given = (draft: Draft, isGiven: (value: unknown) => boolean): Draft =>
  Object.fromEntries(Object.entries(draft).filter(([, value]) => isGiven(value)));

/** A first version: what the draft leaves out has its default, and it counts events from now on unless it says otherwise. */
export function firstVersion(draft: Draft, now: Date): Draft {
  const defaults = Object.fromEntries(fields.map((name) => [name, fieldOf(name).initial]));
  const told = given(draft, (value) => value !== undefined && value !== null);
  return withSteps({ ...defaults, startsAt: now }, told);
}

/** The next version of a quest: what the change leaves out stays as it is. */
export function nextVersion(quest: Quest, change: Draft): Draft {
  const told = given(change, (value) => value !== undefined);
  return withSteps(definitionOf(withForm(quest, told)), told);
}

/**
 * Every way in which the next version breaks what players were told. Name and startsAt never change; an end that was announced
 * stays one, and moves only while it has not come and never into the past, because events before it have counted.
 */
export function checkNextVersion(quest: Quest, next: Draft, now: Date): string[] {
  if (quest.archivedAt !== null) return ['name belongs to an archived quest, which never changes.'];
  const moved = (name: keyof Definition) => instantOf(next[name]) !== instantOf(quest[name]);
  const faults = fields.filter((name) => fieldOf(name).isFixed && moved(name)).map((name) => `${name} never changes.`);
  if (!moved('endsAt')) return faults;
  if (quest.endsAt === null) faults.push('endsAt cannot be added: the quest was defined without an end.');
  else if (next.endsAt === null) faults.push('endsAt cannot be removed.');
  else if (quest.endsAt <= now) faults.push('endsAt cannot move: the quest has ended.');
  else if (next.endsAt instanceof Date && next.endsAt <= now) faults.push('endsAt cannot move into the past.');
  return faults;
}

const instantOf = (value: unknown) => (value instanceof Date ? value.getTime() : value);

/** A draft that has no faults, as a definition: every value is written in the one way in which it is stored. */
export const accepted = (draft: Draft): Definition => settled(draft);

/** What operators decided about a quest, without what the catalog adds. */
export const definitionOf = (quest: Quest): Definition => settled(quest as Definition);

/** Only of what `settled` has written: it is in one order. */
export const isSame = (one: Definition, other: Definition) => JSON.stringify(one) === JSON.stringify(other);
