import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartRefusal } from '../../shared/process/environment.ts';
import { loadSupergraph } from '../supergraph/supergraph.ts';
import { supergraphFile } from './graph.ts';

const people = readFileSync(new URL('./schemas/people.graphql', import.meta.url), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'supergraph-'));
const put = (name: string, text: string) => (writeFileSync(join(folder, name), text), join(folder, name));
const yaml = (...subgraphs: [name: string, schema: string, url?: string][]) =>
  put(
    'supergraph.yaml',
    `subgraphs:\n${subgraphs.map(([name, schema, url = 'http://127.0.0.1:4001/graphql']) => `  ${name}:\n    routing_url: ${url}\n    schema: { file: ${schema} }\n`).join('')}`,
  );

function refusal(file: string, urls: Record<string, string> = {}): string {
  try {
    loadSupergraph({ file, urls });
  } catch (error) {
    if (error instanceof StartRefusal) return error.message;
    throw error;
  }
  throw new Error('It composed.');
}

test('the supergraph is composed with the addresses that the environment gives', () => {
  const sdl = loadSupergraph({
    file: supergraphFile,
    urls: { people: 'http://people:4001/graphql' },
  });
  expect(sdl).toContain('PEOPLE @join__graph(name: "people", url: "http://people:4001/graphql")');
  expect(sdl).toContain('THINGS @join__graph(name: "things", url: "http://127.0.0.1:1/graphql")');
});

test('a composed schema is served as it is, with other addresses where some are given', () => {
  const composed = loadSupergraph({ file: supergraphFile });
  const file = put('composed.graphql', composed);
  expect(loadSupergraph({ file })).toBe(composed);
  const moved = loadSupergraph({ file, urls: { people: 'http://people:4001/graphql' } });
  expect(moved).toContain('PEOPLE @join__graph(name: "people", url: "http://people:4001/graphql")');
  expect(moved.replace('http://people:4001/', 'http://127.0.0.1:1/')).toBe(composed);
  expect(refusal(file, { poeple: 'http://a/' })).toContain('has no subgraph "poeple"');
  expect(refusal(put('half.graphql', 'enum join__Graph {'))).toMatch(/half\.graphql:1: Syntax Error/);
});

test('every composition error is told at once, with its code', () => {
  put('people.graphql', people);
  put('one.graphql', 'type Query { a: Int }\ntype Thing { size: Int title: String! }');
  put('two.graphql', 'type Query { b: Int }\ntype Thing { size: ID title: Int! }');
  const said = refusal(yaml(['people', 'people.graphql'], ['one', 'one.graphql'], ['two', 'two.graphql']));
  expect(said).toMatch(/FIELD_TYPE_MISMATCH: .*Thing\.size/);
  expect(said).toMatch(/FIELD_TYPE_MISMATCH: .*Thing\.title/);
  expect(said).not.toContain('\n');
});

test('a broken schema is told with its file and line', () => {
  put('broken.graphql', 'type Query {\n  a: Int\n');
  expect(refusal(yaml(['one', 'broken.graphql']))).toMatch(
    /schema of the subgraph "one" is broken: .*broken\.graphql:3: Syntax Error/,
  );
});

test.each([
  ['a missing file', () => join(folder, 'nowhere.yaml'), /nowhere\.yaml cannot be read \(ENOENT\)/],
  ['broken YAML', () => put('broken.yaml', 'subgraphs:\n  auth:\n  - x: [1\n'), /is not YAML: line \d: /],
  ['no subgraphs', () => put('empty.yaml', 'federation_version: 2\n'), /has no `subgraphs`/],
  ['an empty file', () => put('nothing.yaml', ''), /has no `subgraphs`/],
  ['a missing schema file', () => yaml(['one', 'nowhere.graphql']), /nowhere\.graphql cannot be read/],
  [
    'an address that is none',
    () => yaml(['one', 'people.graphql', 'nowhere']),
    /"one" no usable `routing_url`: nowhere/,
  ],
  ['a file as address', () => yaml(['one', 'people.graphql', 'file:///etc/passwd']), /no usable `routing_url`/],
  [
    'the address of a cloud’s metadata',
    () => yaml(['one', 'people.graphql', 'http://169.254.169.254/']),
    /no usable `routing_url`/,
  ],
  [
    'the same in another notation',
    () => yaml(['one', 'people.graphql', 'http://2852039166/']),
    /no usable `routing_url`/,
  ],
  ['an address with a password', () => yaml(['one', 'people.graphql', 'http://a:b@c/']), /no usable `routing_url`/],
  [
    'a subgraph without a schema',
    () => put('half.yaml', 'subgraphs:\n  one:\n    routing_url: http://a/\n'),
    /"one" no `schema.file`/,
  ],
])('%s is one clear line', (_, file, message) => {
  expect(refusal(file())).toMatch(message);
});

test('an address for a subgraph that does not exist is refused, for it is a typing error', () => {
  expect(refusal(supergraphFile, { poeple: 'http://a/' })).toContain(
    'has no subgraph "poeple", but an address is set for it',
  );
});
