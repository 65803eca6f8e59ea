import type { Change } from '../../../shared/events.ts';
import { cut } from '../../../shared/text.rules.ts';
import type { Definition, Draft, Quest } from './definition.rules.ts';
import { fieldOf, fields } from './fields.rules.ts';
import { definitionOf, isSame } from './version.rules.ts';

/** A value is told in up to so many UTF-16 units. */
const longest = 200;
/** An import names so many of the quests that it creates or changes. */
const namedAtMost = 50;

/** What one definition makes of another, field by field and in words; of none yet, what is other than a new quest's anyway. */
export function changesOf(before: Definition | null, after: Definition): Change[] {
  return fields
    .map((field) => ({ field, before: inWords(field, before ?? unsaid), after: inWords(field, after) }))
    .filter((change) => change.before !== change.after)
    .map(({ field, ...told }) => ({ field, before: before && shortened(told.before), after: shortened(told.after) }));
}

/** What a new quest has that says nothing. */
const unsaid: Draft = Object.fromEntries(fields.map((field) => [field, fieldOf(field).initial]));

/** What an import does to one quest. */
export interface ImportLine {
  name: string;
  outcome: 'CREATED' | 'CHANGED' | 'UNCHANGED';
  /** After it. */
  version: number;
  changes: Change[];
}

export function importLine(before: Quest | null, after: Definition): ImportLine {
  const { name } = after;
  if (before === null) return { name, outcome: 'CREATED', version: 1, changes: changesOf(null, after) };
  const held = definitionOf(before);
  if (isSame(held, after)) return { name, outcome: 'UNCHANGED', version: before.version, changes: [] };
  return { name, outcome: 'CHANGED', version: before.version + 1, changes: changesOf(held, after) };
}

/** What an import did, quest by quest, by their versions. */
export function importInWords(changed: readonly { name: string; version: number }[]): Change[] {
  const told = changed.slice(0, namedAtMost).map(({ name, version }) => ({
    field: name,
    before: version === 1 ? null : `version ${version - 1}`,
    after: `version ${version}`,
  }));
  const more = changed.length - told.length;
  return more === 0 ? told : [...told, { field: 'and more', before: null, after: `${more} quests` }];
}

function inWords(field: keyof Definition, definition: Draft): string | null {
  const value = definition[field];
  return value === undefined ? null : fieldOf(field).shape.inWords(value);
}

const shortened = (text: string | null) => text && cut(text, longest);
