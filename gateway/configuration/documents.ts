import { configuration } from './description.ts';
import { type Kind, isMap } from './kinds.ts';
import { type Settings, inFile, isSection } from './section.ts';
import { variablesOf } from './variables.ts';

/** What is derived from the description and committed: `npm run settings` writes it, and a test holds it to the description. */

export function jsonSchema(): string {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'The configuration of a gateway',
    description: 'gateway.yaml, or the part `gateway` of a supergraph.yaml',
    ...configuration.schema,
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

interface Row {
  name: string;
  fallback: string;
  meaning: string;
  variable: string | undefined;
}

/** Every setting by its name in a file; below a list stands `[]`, and below a map of names `NAME`. */
export function rows(settings: Settings = configuration.settings, before = ''): Row[] {
  return Object.entries(settings).flatMap(([key, { kind, meaning, fallback, isRequired, variable }]): Row[] => {
    const name = before + inFile(key);
    if (isSection(kind) && isMap(fallback)) return rows(kind.settings, `${name}.`);
    const row = { name, meaning, variable, fallback: isRequired ? 'required' : shown(fallback) };
    const inner = sectionIn(kind);
    return [row, ...(inner ? rows(inner.settings, `${name}${inner.suffix}.`) : [])];
  });
}

function sectionIn(kind: Kind<unknown>): { settings: Settings; suffix: string } | undefined {
  if (isSection(kind)) return { settings: kind.settings, suffix: '' };
  if (!kind.of || !isSection(kind.of)) return undefined;
  return { settings: kind.of.settings, suffix: kind.schema['type'] === 'array' ? '[]' : '.NAME' };
}

function shown(fallback: unknown): string {
  if (fallback === undefined) return 'none';
  if (typeof fallback === 'object' && Object.keys(fallback as object).length === 0) return 'none';
  return `\`${Array.isArray(fallback) ? fallback.join(', ') : String(fallback)}\``;
}

export function settingsTable(): string {
  const lines = rows()
    // What holds for every subgraph can be said of one; it is described once.
    .filter(({ name }) => !/^subgraphs\.NAME\.(?!url$)/.test(name))
    .map(
      ({ name, fallback, meaning, variable }) =>
        `| \`${name}\` | ${fallback} | ${meaning} | ${variable ? `\`${variable}\`` : ''} |`,
    );
  return ['| setting | default | meaning | variable |', '|---|---|---|---|', ...lines].join('\n');
}

/** The gateway's rows of the table of variables in docs/configuration.md. */
export function variablesTable(): string {
  const meanings = new Map(rows().map(({ name, ...row }) => [name, row]));
  return variablesOf()
    .map(({ variable, path }) => {
      const { fallback, meaning } = meanings.get(path.map(inFile).join('.'))!;
      return `| \`${variable}\` | gateway | ${fallback} | ${meaning} |`;
    })
    .join('\n');
}

/** Replaces what stands between two marks of a Markdown file. */
export function between(text: string, name: string, content: string): string {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`The file has no ${start} ... ${end}.`);
  return `${text.slice(0, from + start.length)}\n${content}\n${text.slice(to)}`;
}
