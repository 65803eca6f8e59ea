import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../..');
const guests = globSync('guests/*/subgraph.ts', { cwd: root }).map((file) => basename(dirname(file)));

/** As a name in code: within a path or quotation marks, or at the beginning of a longer name; not as a word of a sentence. */
const named = new RegExp(`(?<![\\w ])(${guests.join('|')})(?! )`);

test('nothing in the three subgraphs, the gateway and what is shared knows a guest', () => {
  const pattern = '{subgraphs,gateway,shared,operations,client/operator}/**/*.{ts,tsx,graphql,yaml,json}';
  const files = globSync(pattern, { cwd: root });
  expect(guests.length).toBeGreaterThan(0);
  expect(files.length).toBeGreaterThan(300);
  const knowing = files.flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .flatMap((line, n) => (named.test(line) ? [`${file}:${n + 1} ${line.trim()}`] : [])),
  );
  expect(knowing).toEqual([]);
});

test.each(["import { a } from '../guests/quotes/a.ts'", `source = 'quotes'`, '  "quotesHealth": null'])(
  'the wall sees: %s',
  (line) => expect(named.test(line)).toBe(true),
);

interface SupergraphFile {
  subgraphs: Record<string, { routing_url: string; schema: { file: string } }>;
  gateway: { identity: unknown; identity_free: string[]; streams: object };
}
const read = (file: string) => parse(readFileSync(join(root, file), 'utf8')) as SupergraphFile;

test('guests/supergraph.yaml is supergraph.yaml and the guests', () => {
  const [three, all] = [read('supergraph.yaml'), read('guests/supergraph.yaml')];
  expect(Object.keys(all.subgraphs).sort()).toEqual([...Object.keys(three.subgraphs), ...guests].sort());
  for (const [name, { routing_url, schema }] of Object.entries(three.subgraphs)) {
    expect(all.subgraphs[name]!.routing_url).toBe(routing_url);
    expect(join('guests', all.subgraphs[name]!.schema.file)).toBe(join(schema.file));
  }
  expect(all.gateway.identity).toEqual(three.gateway.identity);
  expect(all.gateway.identity_free).toEqual(expect.arrayContaining(three.gateway.identity_free));
  expect(all.gateway.streams).toMatchObject(three.gateway.streams);
});
