import { readFileSync } from 'node:fs';
import { type Document, LineCounter, type Node, isMap, isPair, isSeq, parseDocument } from 'yaml';
import { type Environment, StartRefusal } from '../../shared/process/environment.ts';
import { type Configuration, configuration } from './description.ts';
import { expand } from './expansion.ts';
import type { Place } from './kinds.ts';
import { inFile } from './section.ts';
import { readVariables } from './variables.ts';

/** A file whose configuration is at its root, or under the name `gateway`. */
export interface ConfigurationFile {
  file: string;
  under?: 'gateway';
  /** The settings that are wanted; what else stands there is not read. */
  only?: readonly (keyof Configuration)[];
}

type Path = readonly (string | number)[];

/** Reads a file and the environment, which stands over it. Throws one StartRefusal that has a line for each fault. */
export function readConfiguration(from: ConfigurationFile | undefined, environment: Environment): Configuration {
  const faults: string[] = [];
  const given = from ? readFile(from, environment, faults) : configuration.defaults;
  const whole = from?.only ? given : readVariables(given, environment, faults);
  if (faults.length > 0) throw refusal(faults);
  return whole;
}

/** Does a YAML file have something under this name? Whether it is right is not asked. */
export function hasPart(file: string, name: string): boolean {
  const value = parseDocument(readText(file)).get(name);
  return value !== undefined && value !== null;
}

function readFile({ file, under, only }: ConfigurationFile, environment: Environment, faults: string[]): Configuration {
  const lines = new LineCounter();
  const document = parseDocument(readText(file), { lineCounter: lines });
  const at = (offset: number) => `${file}:${lines.linePos(offset).line}: `;
  const [broken] = document.errors;
  if (broken) {
    const [sentence] = broken.message.split('\n');
    faults.push(`${at(broken.pos[0])}is not YAML: ${sentence!.replace(/ at line .*$/, '')}`);
    return configuration.defaults;
  }
  const base: Path = under ? [under] : [];
  const below = nodeAt(document, base);
  if (!below) return configuration.defaults;
  const unwanted = only && Object.keys(configuration.settings).filter((name) => !only.some((each) => each === name));
  for (const name of unwanted ?? []) if (isMap(below)) below.delete(inFile(name));
  expand(document, below, environment, (name, { range }) =>
    faults.push(`${at(range![0])}needs the environment variable ${name}, which is not set`),
  );
  const place = (path: Path): Place => ({
    name: nameOf(path),
    inside: (key) => place([...path, key]),
    fault(sentence) {
      const subject = nameOf(path) || under || 'the configuration';
      faults.push(`${at(offsetOf(document, [...base, ...path]))}${subject} ${sentence}`);
    },
  });
  const value = (below as { toJS(document: Document): unknown }).toJS(document);
  if (faults.length > 0 || value === null) return configuration.defaults;
  return configuration.read(value, place([])) ?? configuration.defaults;
}

/** `limits.depth`, `headers.request[2].to` */
const nameOf = (path: Path): string =>
  path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');

const nodeAt = (document: Document, path: Path): Node | undefined =>
  (path.length === 0 ? document.contents : document.getIn(path, true)) as Node | undefined;

/** Where the last of the path begins that is there: a key, for what stands under a name. */
function offsetOf(document: Document, path: Path): number {
  let offset = document.contents?.range?.[0] ?? 0;
  let node: unknown = document.contents;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find((each) => isPair(each) && String((each.key as { value?: unknown }).value) === part);
      if (!pair) break;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof part === 'number') {
      node = node.items[part];
      offset = (node as Node | undefined)?.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new StartRefusal(
      `${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`,
      'Name a configuration with --config, or a supergraph with --supergraph or SUPERGRAPH.',
    );
  }
}

const refusal = (faults: readonly string[]) =>
  new StartRefusal(faults.join('\n'), 'Each setting is described in docs/gateway-settings.md.');
