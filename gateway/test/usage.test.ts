import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../shared/testing/harness.ts';
import type { UsageReport } from '../usage/usage.ts';
import { type PlainGraph, startPlainGraph } from './plainGraph.ts';

const schemas = {
  shop: `
    type Query { product(id: ID!, in: Money = EUR): Product find(by: Filter): [Product!] node: Node old: String @deprecated }
    interface Node { id: ID! }
    type Product implements Node { id: ID! name: String price: Int @deprecated(reason: "see cost") cost: Int }
    enum Money { EUR USD }
    input Filter { text: String above: Int }`,
};
const answers: Record<string, unknown> = { product: { id: '1', name: 'a', price: 1 }, find: [], node: null, old: 'x' };

const graphs: PlainGraph[] = [];
afterEach(() => Promise.all(graphs.splice(0).map((graph) => graph.stop())));

async function open(more = '') {
  const file = join(mkdtempSync(join(tmpdir(), 'usage-')), 'usage.json');
  const graph = await startPlainGraph(
    schemas,
    ({ body }) =>
      JSON.stringify({
        data: Object.fromEntries(Object.entries(answers).filter(([name]) => body.query.includes(name))),
      }),
    more.replace('FILE', file),
  );
  graphs.push(graph);
  const ask = async (query: string, client: Record<string, string> = {}, operationName?: string) => {
    const headers = { 'content-type': 'application/json', ...client };
    const response = await fetch(graph.url, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query, operationName }),
    });
    return response.json();
  };
  const reported = async (condition: (report: UsageReport) => boolean): Promise<UsageReport> => {
    let report: UsageReport | undefined;
    await until(() => {
      report = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as UsageReport) : undefined;
      return report !== undefined && condition(report);
    }, 'the report says so');
    return report!;
  };
  return { file, ask, reported };
}

const on = 'usage: { file: FILE, every_ms: 100 }\n';
const web = { 'apollographql-client-name': 'web', 'apollographql-client-version': '1.2' };

test('nothing is counted or written unless there is a file for it', async () => {
  const { ask, file } = await open();
  await ask('{ old }');
  expect(existsSync(file)).toBe(false);
});

test('operations are counted by name and client, and what they name by coordinate', async () => {
  const { ask, reported } = await open(on);
  const named = `query Shown { product(id: "1", in: USD) { ...Parts } }
    query Found { find(by: { text: "x" }) { id } }
    fragment Parts on Product { name again: name ... on Node { id } }`;
  await ask(named, web, 'Shown');
  await ask(named, web, 'Shown');
  await ask(named, { 'graphql-client-name': 'console' }, 'Found');
  await ask('{ product(id: "1") { price } __typename }');
  const { operations, fields, unused, sample } = await reported(({ operations }) => operations.length === 3);
  expect(sample).toBe(1);
  expect(operations.map(({ name, client, count }) => [name, client, count])).toEqual([
    ['Shown', 'web 1.2', 2],
    ['Found', 'console', 1],
    ['(anonymous)', '(none)', 1],
  ]);
  const counts = Object.fromEntries(Object.entries(fields).map(([name, { count }]) => [name, count]));
  expect(counts).toEqual({
    'Filter.text': 1,
    'Money.USD': 2,
    'Node.id': 2,
    'Product.id': 1,
    'Product.name': 2,
    'Product.price': 1,
    'Query.find': 1,
    'Query.find(by:)': 1,
    'Query.product': 3,
    'Query.product(id:)': 3,
    'Query.product(in:)': 2,
  });
  expect(fields['Query.product']!.clients).toEqual({ 'web 1.2': 2, '(none)': 1 });
  expect([fields['Product.price']!.isDeprecated, fields['Product.name']!.isDeprecated]).toEqual([true, undefined]);
  expect(unused).toEqual(['Filter.above', 'Product.cost', 'Query.node', 'Query.old']);
});

test('what is refused is not counted', async () => {
  const { ask, reported } = await open(on);
  await ask('{ product(id: "1") { nothing } }');
  await ask('{ old }');
  const { operations, unused } = await reported(({ operations }) => operations.length > 0);
  expect(operations).toHaveLength(1);
  expect(unused).toContain('Query.product');
});

test('ever new operations and clients fill no memory', async () => {
  const { ask, reported } = await open('usage: { file: FILE, every_ms: 100, operations: 3 }\n');
  for (let n = 0; n < 8; n++) await ask(`query Q${n} { old }`, web);
  for (let n = 0; n < 110; n++)
    await ask('query Q0 { old }', { 'graphql-client-name': `client é ${n}\u0001`.slice(0, -1) });
  const { operations, fields } = await reported(
    ({ operations }) => operations.reduce((sum, { count }) => sum + count, 0) === 118,
  );
  expect(operations).toHaveLength(4);
  expect(operations.find(({ client }) => client === '(other)')).toMatchObject({ name: '(other)', count: 115 });
  expect(Object.keys(fields['Query.old']!.clients)).toHaveLength(101);
});

test('of a sample all is estimated', async () => {
  const { ask, reported } = await open('usage: { file: FILE, every_ms: 100, sample: 0.5 }\n');
  for (let n = 0; n < 200; n++) await ask('query Half { old }');
  const { operations, sample } = await reported(({ operations }) => (operations[0]?.count ?? 0) > 100);
  expect([sample, operations[0]!.count % 2]).toEqual([0.5, 0]);
});
