import { GraphQLDateTime } from 'graphql-scalars';
import { type Node, type YAMLMap, isMap, isScalar, isSeq } from 'yaml';
import type { Definition, Draft } from '../definition/definition.rules.ts';
import { fields } from '../definition/fields.rules.ts';
import { type Fault, type Yaml, readYaml, refusalOf, refuseAll } from './document.ts';

/** Quests as somebody wrote them in YAML. */
export interface QuestFile {
  drafts: Draft[];
  /** Takes what else is wrong with each draft, and refuses the file with the faults and their lines, if there are any. */
  refuse(faults: readonly string[][]): void;
}

interface Entry {
  draft: Draft;
  node: Node;
}

/** Reads a list of quests. Throws BAD_USER_INPUT at once for what is no such list; faults of single quests wait for `refuse`. */
export function readQuests(text: string): QuestFile {
  const yaml = readYaml(text);
  const { contents } = yaml.document;
  if (!isSeq(contents)) throw refusalOf([{ line: 1, message: 'The YAML must be a list of quests.' }]);
  const faults: Fault[] = [];
  const entries = contents.items.map((item) => readEntry(yaml, item as Node, faults));
  noteDuplicates(entries, yaml, faults);
  return {
    drafts: entries.map(({ draft }) => draft),
    refuse(more) {
      const later = entries.flatMap(({ node }, index) =>
        (more[index] ?? []).map((message) => ({ line: lineAt(node, message, yaml.lineOf), message })),
      );
      refuseAll([...faults, ...later]);
    },
  };
}

function readEntry({ document, lineOf }: Yaml, node: Node, faults: Fault[]): Entry {
  if (!isMap(node)) {
    faults.push({ line: lineOf(node?.range?.[0]), message: 'A quest must be fields with values.' });
    return { draft: {}, node };
  }
  const draft: Record<string, unknown> = {};
  for (const { key, value, line } of pairsOf(node, lineOf))
    if (!fields.includes(key as keyof Definition))
      faults.push({ line, message: `${shortened(key)} is not a field of a quest.` });
    else draft[key] = valueOf(key as keyof Definition, value?.toJS(document, { maxAliasCount: 0 }));
  return { draft, node };
}

function pairsOf(map: YAMLMap, lineOf: Yaml['lineOf']) {
  return map.items.map(({ key, value }) => ({
    key: isScalar(key) ? String(key.value) : 'This key',
    value: value as Node | null,
    line: lineOf((key as Node).range?.[0]),
  }));
}

/** What the fields of a quest look like where YAML has another way to write them; all else stays as it is for the rules to refuse. */
function valueOf(field: keyof Definition, value: unknown): unknown {
  if (field === 'startsAt' || field === 'endsAt') return instantOf(value);
  if (field === 'objectives' && Array.isArray(value)) return value.map(withEvents);
  return value;
}

/** YAML has no instants: what reads like one becomes one. */
function instantOf(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return GraphQLDateTime.parseValue(value);
  } catch {
    return value;
  }
}

/** `event: MatchWon` is short for `events: [MatchWon]`. */
function withEvents(objective: unknown): unknown {
  if (typeof objective !== 'object' || objective === null || Array.isArray(objective)) return objective;
  const { event, ...rest } = objective as { event?: unknown; events?: unknown };
  const events = rest.events ?? event;
  if (events === undefined || (event !== undefined && rest.events !== undefined)) return objective;
  return { ...rest, events: typeof events === 'string' ? [events] : events };
}

function noteDuplicates(entries: readonly Entry[], { lineOf }: Yaml, faults: Fault[]): void {
  const seen = new Set<unknown>();
  for (const { draft, node } of entries) {
    const { name } = draft;
    if (seen.has(name) && name !== undefined)
      faults.push({ line: lineAt(node, 'name', lineOf), message: 'name is that of an earlier quest of this list.' });
    seen.add(name);
  }
}

/** The line of what a sentence speaks of, which it begins with: `rewards[1].quantity must be ...`; what is absent is where it should be. */
function lineAt(entry: Node, sentence: string, lineOf: Yaml['lineOf']): number {
  const path = /^[A-Za-z]+(?:\[\d+\]|\.[A-Za-z]+)*/.exec(sentence)?.[0] ?? '';
  let node: Node | null = entry;
  let line = lineOf(entry?.range?.[0]);
  for (const step of path.match(/[A-Za-z]+|\d+/g) ?? []) {
    const found = placeIn(node, step);
    if (!found) break;
    line = lineOf(found.at.range?.[0]);
    node = found.value;
  }
  return line;
}

/** Where a member of a map or an item of a list begins, and what it holds. */
function placeIn(node: Node | null, step: string): { at: Node; value: Node | null } | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(step)] as Node | null | undefined;
    return item ? { at: item, value: item } : undefined;
  }
  const isNamed = (key: unknown) =>
    isScalar(key) && (key.value === step || (key.value === 'event' && step === 'events'));
  const pair = isMap(node) ? node.items.find(({ key }) => isNamed(key)) : undefined;
  return pair && { at: pair.key as Node, value: pair.value as Node | null };
}

const shortened = (key: string) => (key.length > 40 ? `${key.slice(0, 40)}...` : key);
