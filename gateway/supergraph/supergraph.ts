import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { composeServices } from '@apollo/composition';
import { type DocumentNode, GraphQLError, Source, parse } from 'graphql';
import { LineCounter, parseDocument } from 'yaml';
import { StartRefusal } from '../../shared/process/environment.ts';
import { isWebAddresses } from '../configuration/forms.ts';
import { joinedGraphs, withAddresses } from './addresses.ts';
import { oneOfTypes, withOneOf, withOneOfDefined } from './oneOf.ts';
import { type Terms, noTerms, readTerms } from './terms.ts';

/** A composed schema as it is, or a file: in Rover's format, or composed. `urls` stand over the addresses in it, and `terms` over its own. */
export type SupergraphSource =
  { readonly sdl: string; terms?: Terms } | { file: string; urls?: Readonly<Record<string, string>>; terms?: Terms };

interface Subgraph {
  name: string;
  url: string;
  file: string;
}

/** The composed SDL. Throws a StartRefusal that names everything that stands in the way. */
export function loadSupergraph(source: SupergraphSource): string {
  if ('sdl' in source) return source.sdl;
  if (isComposed(source.file)) return loadComposed(source.file, source.urls ?? {});
  const services = readSubgraphs(source.file, source.urls ?? {}).map(({ name, url, file }) => ({
    name,
    url,
    typeDefs: withOneOfDefined(readSchema(name, file)),
  }));
  const { supergraphSdl, errors } = composeServices(services);
  if (!errors?.length)
    return withOneOf(
      supergraphSdl!,
      services.flatMap(({ typeDefs }) => oneOfTypes(typeDefs)),
    );
  const reasons = errors.map(
    ({ message, extensions }) => `${String(extensions?.['code'])}: ${message.replace(/\s+/g, ' ')}`,
  );
  throw new StartRefusal(
    `The schemas of ${source.file} do not compose: ${reasons.join(' | ')}`,
    'Change the schema files that the message names; `npm run compose` checks them again.',
  );
}

/** What the same file says of streams and subgraphs, under `gateway`, unless the source says it. */
export function loadTerms(source: SupergraphSource): Terms {
  if (source.terms || 'sdl' in source || isComposed(source.file)) return source.terms ?? noTerms;
  const terms = readTerms(source.file);
  const { subgraphs } = readFile(source.file);
  const unknown = terms.identityFree.find((name) => !Object.hasOwn(subgraphs, name));
  if (unknown !== undefined) throw unusable(source.file, `has no subgraph "${unknown}", but calls it identity-free`);
  return terms;
}

/** Files in Rover's format are YAML; every other file is a composed schema. */
export const isComposed = (file: string): boolean => !/\.ya?ml$/i.test(file);

function loadComposed(file: string, urls: Readonly<Record<string, string>>): string {
  const text = readText(file, 'Name a composed supergraph, or a supergraph.yaml.');
  const known = joinedGraphs(text, file).map(({ name }) => name);
  const unknown = Object.keys(urls).find((name) => !known.includes(name));
  if (unknown !== undefined) throw unusable(file, `has no subgraph "${unknown}", but an address is set for it`);
  return withAddresses(text, urls);
}

/** The subgraphs by name. What is broken in the source, `loadSupergraph` tells. */
export function subgraphNames(source: SupergraphSource): string[] {
  if ('file' in source && !isComposed(source.file)) return Object.keys(readFile(source.file).subgraphs);
  return joinedGraphs(loadSupergraph(source)).map(({ name }) => name);
}

/** Calls back when supergraph.yaml or a schema file in it changes. For development: it looks twice a second. */
export function watchSupergraph(file: string, changed: () => void): () => void {
  let files = filesOf(file);
  const stamps = () => files.map((each) => statSync(each, { throwIfNoEntry: false })?.mtimeMs).join();
  let known = stamps();
  const timer = setInterval(() => {
    if (stamps() === known) return;
    files = filesOf(file);
    known = stamps();
    changed();
  }, 500);
  return () => clearInterval(timer);
}

/** The file and the schemas that it names; the file alone while nobody can read it. */
function filesOf(file: string): string[] {
  try {
    return [file, ...(isComposed(file) ? [] : readSubgraphs(file, {}).map((subgraph) => subgraph.file))];
  } catch {
    return [file];
  }
}

const unusable = (file: string, sentence: string) =>
  new StartRefusal(
    `${file} ${sentence}.`,
    'Compare it with the supergraph.yaml of the repository, which is in the format of Rover.',
  );

interface SupergraphFile {
  subgraphs: Record<string, { routing_url?: unknown; schema?: { file?: unknown } } | null>;
}

function readFile(file: string): SupergraphFile {
  const lines = new LineCounter();
  const yaml = parseDocument(readText(file, 'SUPERGRAPH must name a file in the format of Rover.'), {
    lineCounter: lines,
  });
  const broken = yaml.errors[0];
  if (broken)
    throw unusable(
      file,
      `is not YAML: line ${lines.linePos(broken.pos[0]).line}: ${broken.message.split('\n')[0]!.replace(/ at line .*$/, '')}`,
    );
  const { subgraphs } = (yaml.toJS() ?? {}) as Partial<SupergraphFile>;
  if (typeof subgraphs !== 'object' || Object.keys(subgraphs ?? {}).length === 0)
    throw unusable(file, 'has no `subgraphs`');
  return { subgraphs };
}

function readSubgraphs(file: string, urls: Readonly<Record<string, string>>): Subgraph[] {
  const refuse = (sentence: string) => unusable(file, sentence);
  const { subgraphs } = readFile(file);
  const unknown = Object.keys(urls).find((name) => !Object.hasOwn(subgraphs, name));
  if (unknown) throw refuse(`has no subgraph "${unknown}", but an address is set for it`);
  return Object.entries(subgraphs).map(([name, subgraph]) => {
    const url = urls[name] ?? subgraph?.routing_url;
    const schemaFile = subgraph?.schema?.file;
    if (typeof url !== 'string' || !isWebAddresses(url))
      throw refuse(`gives the subgraph "${name}" no usable \`routing_url\`: ${String(url).slice(0, 100)}`);
    if (typeof schemaFile !== 'string') throw refuse(`gives the subgraph "${name}" no \`schema.file\``);
    return { name, url, file: resolve(dirname(file), schemaFile) };
  });
}

function readSchema(name: string, file: string): DocumentNode {
  const text = readText(file, `It is the schema of the subgraph "${name}".`);
  try {
    return parse(new Source(text, file));
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const line = error.locations?.[0]?.line;
    throw new StartRefusal(
      `The schema of the subgraph "${name}" is broken: ${file}:${line}: ${error.message}`,
      'Correct that line.',
    );
  }
}

function readText(file: string, fix: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new StartRefusal(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`, fix);
  }
}
