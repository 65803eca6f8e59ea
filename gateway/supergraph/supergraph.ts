import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { composeServices } from '@apollo/composition';
import { type DocumentNode, GraphQLError, Source, parse } from 'graphql';
import { LineCounter, parseDocument } from 'yaml';
import { type Environment, StartRefusal } from '../../shared/environment.ts';
import { type Terms, noTerms, readTerms } from './terms.ts';

/** A composed schema as it is, or a file in Rover's format with the addresses that replace those in it. */
export type SupergraphSource = { sdl: string; terms?: Terms } | { file: string; urls?: Record<string, string> };

interface Subgraph {
  name: string;
  url: string;
  file: string;
}

/** The composed SDL. Throws a StartRefusal that names everything that stands in the way. */
export function loadSupergraph(source: SupergraphSource): string {
  if ('sdl' in source) return source.sdl;
  const services = readSubgraphs(source.file, source.urls ?? {}).map(({ name, url, file }) => ({
    name,
    url,
    typeDefs: readSchema(name, file),
  }));
  const { supergraphSdl, errors } = composeServices(services);
  if (!errors?.length) return supergraphSdl!;
  const reasons = errors.map(
    ({ message, extensions }) => `${String(extensions?.['code'])}: ${message.replace(/\s+/g, ' ')}`,
  );
  throw new StartRefusal(
    `The schemas of ${source.file} do not compose: ${reasons.join(' | ')}`,
    'Change the schema files that the message names; `npm run compose` checks them again.',
  );
}

/** What the same file says of streams and subgraphs, under `gateway`. */
export function loadTerms(source: SupergraphSource): Terms {
  if ('sdl' in source) return source.terms ?? noTerms;
  const { subgraphs, gateway } = readFile(source.file);
  try {
    const terms = readTerms(gateway);
    const unknown = terms.identityFree.find((name) => !Object.hasOwn(subgraphs, name));
    if (unknown !== undefined) throw new Error(`has no subgraph "${unknown}", but calls it identity-free`);
    return terms;
  } catch (error) {
    throw unusable(source.file, (error as Error).message);
  }
}

/** `ROUTING_URL_AUTH=http://auth:4001/graphql` and the like: an address per subgraph, by its name in lower case. */
export function routingUrls(environment: Environment): Record<string, string> {
  const entries = Object.entries(environment).flatMap(([name, url]) => {
    const subgraph = /^ROUTING_URL_(.+)$/.exec(name)?.[1]?.toLowerCase();
    return subgraph && url ? [[subgraph, url] as const] : [];
  });
  return Object.fromEntries(entries);
}

/** Calls back when supergraph.yaml or a schema file in it changes. For development: it looks twice a second. */
export function watchSupergraph(file: string, changed: () => void): () => void {
  const files = [file, ...readSubgraphs(file, {}).map((subgraph) => subgraph.file)];
  const stamps = () => files.map((each) => statSync(each, { throwIfNoEntry: false })?.mtimeMs).join();
  let known = stamps();
  const timer = setInterval(() => {
    const now = stamps();
    if (now === known) return;
    known = now;
    changed();
  }, 500);
  return () => clearInterval(timer);
}

const unusable = (file: string, sentence: string) =>
  new StartRefusal(
    `${file} ${sentence}.`,
    'Compare it with the supergraph.yaml of the repository, which is in the format of Rover.',
  );

interface SupergraphFile {
  subgraphs: Record<string, { routing_url?: unknown; schema?: { file?: unknown } } | null>;
  /** Ours. */
  gateway?: unknown;
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
  const { subgraphs, gateway } = (yaml.toJS() ?? {}) as Partial<SupergraphFile>;
  if (typeof subgraphs !== 'object' || Object.keys(subgraphs ?? {}).length === 0)
    throw unusable(file, 'has no `subgraphs`');
  return { subgraphs, gateway };
}

function readSubgraphs(file: string, urls: Record<string, string>): Subgraph[] {
  const refuse = (sentence: string) => unusable(file, sentence);
  const { subgraphs } = readFile(file);
  const unknown = Object.keys(urls).find((name) => !Object.hasOwn(subgraphs, name));
  if (unknown) throw refuse(`has no subgraph "${unknown}", but ROUTING_URL_${unknown.toUpperCase()} is set`);
  return Object.entries(subgraphs).map(([name, subgraph]) => {
    const url = urls[name] ?? subgraph?.routing_url;
    const schemaFile = subgraph?.schema?.file;
    if (typeof url !== 'string' || !isAddress(url))
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

/** Only plain web addresses without a password in them, and none where clouds tell their machines' secrets. */
function isAddress(url: string): boolean {
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address === undefined || address.username || address.password) return false;
  return /^https?:$/.test(address.protocol) && !/^(169\.254\.|\[fe80:|\[fd00:ec2:|metadata\.)/.test(address.hostname);
}
