import { GraphQLDateTime } from 'graphql-scalars';
import {
  type Document,
  type Node,
  type YAMLMap,
  LineCounter,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  visit,
} from 'yaml';
import { Refusal } from '../../shared/errors.ts';
import { type Definition, type Draft, fields } from './definition.rules.ts';

/** Quests as somebody wrote them in YAML. */
export interface QuestFile {
  drafts: Draft[];
  /** Takes what else is wrong with each draft, and refuses the file with every fault and its line, if there is any. */
  refuse(faults: readonly string[][]): void;
}

interface Fault {
  line: number;
  message: string;
}

interface Entry {
  draft: Draft;
  /** Where the entry begins, and where each of its fields is. */
  line: number;
  lines: Map<string, number>;
}

const largestBytes = 256 * 1024;
const rewardFields: readonly string[] = ['name', 'item', 'quantity'];

/** Reads a list of quests. Throws BAD_USER_INPUT at once for what is no such list; faults of single quests wait for `refuse`. */
export function readQuests(text: string): QuestFile {
  if (Buffer.byteLength(text) > largestBytes)
    throw new Refusal('BAD_USER_INPUT', `The YAML is larger than ${largestBytes} bytes.`);
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const lineOf = (offset: number | undefined) => counter.linePos(offset ?? 0).line;
  const faults: Fault[] = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    line: lineOf(pos[0]),
    message: `This is not YAML: ${message}`,
  }));
  refuseAll(faults);
  refuseAll(expansions(document, lineOf));
  if (!isSeq(document.contents)) throw refusalOf([{ line: 1, message: 'The YAML must be a list of quests.' }]);
  const entries = document.contents.items.map((item) => readEntry(document, item as Node, lineOf, faults));
  noteDuplicates(entries, faults);
  return {
    drafts: entries.map(({ draft }) => draft),
    refuse(more) {
      const later = entries.flatMap(({ line, lines }, index) =>
        (more[index] ?? []).map((message) => ({ line: lines.get(fieldOf(message)) ?? line, message })),
      );
      refuseAll([...faults, ...later]);
    },
  };
}

/** Anchors, aliases and tags make a small text large or something other than it looks; a list of quests needs none. */
function expansions(document: Document, lineOf: (offset?: number) => number): Fault[] {
  const found: Fault[] = [];
  const note = (node: Node) =>
    found.push({ line: lineOf(node.range?.[0]), message: 'Anchors, aliases and tags are not accepted.' });
  visit(document, {
    Alias: (_, node) => void note(node),
    Value: (_, node) => void ((node.anchor || node.tag) && note(node)),
  });
  return found;
}

function readEntry(document: Document, node: Node, lineOf: (offset?: number) => number, faults: Fault[]): Entry {
  const line = lineOf(node?.range?.[0]);
  const entry: Entry = { draft: {}, line, lines: new Map() };
  if (!isMap(node)) {
    faults.push({ line, message: 'A quest must be fields with values.' });
    return entry;
  }
  const draft: Record<string, unknown> = {};
  for (const { key, value, line } of pairsOf(node, lineOf)) {
    if (!fields.includes(key as keyof Definition))
      faults.push({ line, message: `${shortened(key)} is not a field of a quest.` });
    else {
      entry.lines.set(key, line);
      draft[key] = valueOf(key, value?.toJS(document, { maxAliasCount: 0 }));
      if (key === 'rewards') noteUnknown(value, lineOf, faults);
    }
  }
  return { ...entry, draft };
}

/** A list of rewards may hold anything; what is no list of them is a fault that the rules find. */
function noteUnknown(rewards: Node | null, lineOf: (offset?: number) => number, faults: Fault[]): void {
  for (const reward of isSeq(rewards) ? rewards.items.filter(isMap) : [])
    for (const { key, line } of pairsOf(reward, lineOf))
      if (!rewardFields.includes(key)) faults.push({ line, message: `${shortened(key)} is not a field of a reward.` });
}

function pairsOf(map: YAMLMap, lineOf: (offset?: number) => number) {
  return map.items.map(({ key, value }) => ({
    key: isScalar(key) ? String(key.value) : 'This key',
    value: value as Node | null,
    line: lineOf((key as Node).range?.[0]),
  }));
}

/** YAML has no instants: what reads like one becomes one, and all else stays as it is for the rules to refuse. */
function valueOf(field: string, value: unknown): unknown {
  if ((field !== 'startsAt' && field !== 'endsAt') || typeof value !== 'string') return value;
  try {
    return GraphQLDateTime.parseValue(value);
  } catch {
    return value;
  }
}

function noteDuplicates(entries: readonly Entry[], faults: Fault[]): void {
  const seen = new Set<unknown>();
  for (const { draft, line, lines } of entries) {
    const { name } = draft;
    if (seen.has(name) && name !== undefined)
      faults.push({ line: lines.get('name') ?? line, message: 'name is that of an earlier quest of this list.' });
    seen.add(name);
  }
}

/** Rules name the field first: `rewards[1].quantity must be ...` is about rewards. */
const fieldOf = (message: string) => /^[A-Za-z]+/.exec(message)?.[0] ?? '';
const shortened = (key: string) => (key.length > 40 ? `${key.slice(0, 40)}...` : key);

function refuseAll(faults: readonly Fault[]): void {
  if (faults.length > 0) throw refusalOf(faults);
}

function refusalOf(faults: readonly Fault[]): Refusal {
  const sorted = [...faults].sort((one, other) => one.line - other.line);
  const message = sorted.map((fault) => `Line ${fault.line}: ${fault.message}`).join('\n');
  return new Refusal('BAD_USER_INPUT', message, { faults: sorted });
}
