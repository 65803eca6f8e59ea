import type { Change } from '../../shared/events.ts';
import { type Definition, type Quest, fields } from './definition.rules.ts';
import { definitionOf, isSame } from './version.rules.ts';

/** A value is told in up to so many characters. */
const longest = 200;
/** An import names so many of the quests that it creates or changes. */
const namedAtMost = 50;

/** What one definition makes of another, or of none yet, field by field and in words. */
export function changesOf(before: Definition | null, after: Definition): Change[] {
  return fields
    .map((field) => ({ field, before: before && inWords(before[field]), after: inWords(after[field]) }))
    .filter((change) => change.before !== change.after)
    .map(({ field, ...values }) => ({ field, before: shortened(values.before), after: shortened(values.after) }));
}

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

function inWords(value: Definition[keyof Definition]): string | null {
  if (value === null || value === '') return null;
  if (value instanceof Date) return value.toISOString();
  if (!Array.isArray(value)) return String(value);
  const parts = value.map((part) => (typeof part === 'string' ? part : `${part.quantity} ${part.item} (${part.name})`));
  return parts.length === 0 ? null : parts.join(', ');
}

const shortened = (text: string | null) => (text && text.length > longest ? `${text.slice(0, longest - 1)}…` : text);
