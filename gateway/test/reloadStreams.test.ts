import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Client } from 'graphql-ws';
import { until } from '../../shared/testing/harness.ts';
import { type TestGraph, startTestGraph, supergraphFile, tokenFor } from './graph.ts';
import { connect, listen } from './listener.ts';

const folder = mkdtempSync(join(tmpdir(), 'reload-'));
let graph: TestGraph;
let client: Client;
const edit = (name: string, from: string, to: string) => {
  const file = join(folder, name);
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(from);
  writeFileSync(file, text.replace(from, to));
};
beforeAll(async () => {
  cpSync(dirname(supergraphFile), folder, { recursive: true });
  // At first only `people` says how famous somebody is.
  edit('deeds.graphql', '  fame: Int! @shareable\n', '');
  graph = await startTestGraph({}, join(folder, 'supergraph.yaml'));
  client = connect(graph.socketUrl, tokenFor('ada'));
});
afterAll(async () => {
  await client.dispose();
  await graph.stop();
});

const tell = () => graph.tellings.tell('ada', 't1');
const opened = () => graph.tellings.opened.length;
const named = 'subscription { told { number person { name } } }';
const titled = 'subscription { told { number thing { title } } }';

test('a reload swaps the plan of a stream that stays the same, and opens nothing', async () => {
  const heard = listen(client, titled);
  await until(() => graph.tellings.open() === 1, 'the stream is open');
  const before = opened();
  edit('people.graphql', 'type Query {', 'type Query {\n  goodbye: String');
  expect(await graph.gateway.reload()).toBe(true);
  tell();
  await until(() => heard.results.length === 1, 'it arrives');
  expect(heard.results).toEqual([{ data: { told: { number: 1, thing: { title: 'Thing t1' } } } }]);
  expect(opened()).toBe(before);
});

test('a stream that becomes another one is opened again at its cursor, and loses nothing', async () => {
  const famous = listen(client, 'subscription { told { number person { fame } } }');
  await until(() => graph.tellings.open() === 2, 'the stream is open');
  tell();
  await until(() => famous.results.length === 1, 'the first arrives');
  const before = opened();
  edit('deeds.graphql', '  points: Int!\n', '  points: Int!\n  fame: Int! @shareable\n');
  edit('people.graphql', '  fame: Int! @shareable\n', '');
  expect(await graph.gateway.reload()).toBe(true);
  tell();
  await until(() => famous.results.length === 2, 'the second arrives');
  expect(famous.results).toEqual([2, 3].map((number) => ({ data: { told: { number, person: { fame: 3 } } } })));
  expect(graph.tellings.opened.slice(before)).toEqual(['ada-2']);
});

test('a schema that does not compose ends nothing', async () => {
  const heard = listen(client, named);
  await until(() => graph.tellings.open() === 3, 'the stream is open');
  const whole = readFileSync(join(folder, 'people.graphql'), 'utf8');
  edit('people.graphql', 'type Person', 'type Person {{');
  expect(await graph.gateway.reload()).toBe(false);
  writeFileSync(join(folder, 'people.graphql'), whole);
  tell();
  await until(() => heard.results.length === 1, 'it arrives');
});

test('of several subscriptions only the one that is not valid any more ends, with its cursor', async () => {
  const [titles, numbers] = [listen(client, titled), listen(client, named)];
  await until(() => graph.gateway.metrics.snapshot().subscriptionsByField['told'] === 5, 'all are there');
  tell();
  await until(() => titles.results.length === 1 && numbers.results.length === 1, 'both have heard');
  edit('things.graphql', '  title: String!\n', '');
  expect(await graph.gateway.reload()).toBe(true);
  await until(() => titles.error, 'it ends');
  expect(titles.error!.map(({ extensions }) => extensions)).toEqual([
    { code: 'SUBSCRIPTION_SCHEMA_RELOAD', cursor: 'ada-5' },
  ]);
  tell();
  await until(() => numbers.results.length === 2, 'the other lives on');
  expect(graph.gateway.metrics.snapshot().ends.reload).toBe(2);
});
