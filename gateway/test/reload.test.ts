import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { until } from '../../shared/testing/harness.ts';
import { type TestGraph, startTestGraph, supergraphFile, tokenFor } from './graph.ts';

/** A gateway whose supergraph.yaml and schemas are a copy that the test may change. */
async function startOnCopy(development: boolean) {
  const folder = mkdtempSync(join(tmpdir(), 'reload-'));
  cpSync(dirname(supergraphFile), folder, { recursive: true });
  const file = join(folder, 'supergraph.yaml');
  const people = join(folder, 'people.graphql');
  const original = readFileSync(people, 'utf8');
  const graph = await startTestGraph({ development }, file);
  return { graph, change: (edit: (sdl: string) => string) => writeFileSync(people, edit(original)) };
}

const withGoodbye = (sdl: string) => sdl.replace('type Query {', 'type Query {\n  goodbye: String');
const asksGoodbye = async (graph: TestGraph) => (await graph.ask('{ goodbye }')).errors?.[0]?.extensions.code;

test('a reload serves the new schema; one that does not compose leaves the old one in service and says why', async () => {
  const { graph, change } = await startOnCopy(false);
  expect(await asksGoodbye(graph)).toBe('GRAPHQL_VALIDATION_FAILED');
  change(withGoodbye);
  expect(await graph.gateway.reload()).toBe(true);
  // The subgraph does not know the field, which is not the client's mistake.
  expect(await asksGoodbye(graph)).toBe('INTERNAL_SERVER_ERROR');
  change((sdl) => sdl.replace('@key(fields: "id")', '@key(fields: "nothing")'));
  expect(await graph.gateway.reload()).toBe(false);
  expect(graph.logged.some((line) => line.includes('KEY_INVALID_FIELDS') && line.includes('the old one stays'))).toBe(
    true,
  );
  expect((await graph.ask('{ hello(name: "you") }')).data).toEqual({ hello: 'hello you' });
  expect(await asksGoodbye(graph)).toBe('INTERNAL_SERVER_ERROR');
  await graph.stop();
});

test('a subscription lives through a reload', async () => {
  const { graph } = await startOnCopy(false);
  const client = createClient({
    url: graph.socketUrl,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: tokenFor('ada') },
  });
  const results: unknown[] = [];
  const query = 'subscription { done { thing { title } } }';
  client.subscribe({ query }, { next: (result) => results.push(result), error: () => {}, complete: () => {} });
  await until(() => graph.streams.size === 1, 'the stream is open');
  expect(await graph.gateway.reload()).toBe(true);
  graph.did('ada', 't1');
  await until(() => results.length === 1, 'the event arrives');
  expect(results).toEqual([{ data: { done: { thing: { title: 'Thing t1' } } } }]);
  await client.dispose();
  await graph.stop();
});

test('in development a changed file is served by itself', async () => {
  const { graph, change } = await startOnCopy(true);
  change(withGoodbye);
  await until(async () => (await asksGoodbye(graph)) === 'INTERNAL_SERVER_ERROR', 'the new field is known');
  await graph.stop();
});

test('who reloads while a reload is under way gets what is there afterwards', async () => {
  const { graph, change } = await startOnCopy(false);
  const first = graph.gateway.reload();
  change(withGoodbye);
  const others = [graph.gateway.reload(), graph.gateway.reload()];
  expect(await Promise.all([first, ...others])).toEqual([true, true, true]);
  expect(await asksGoodbye(graph)).toBe('INTERNAL_SERVER_ERROR');
  expect(graph.logged.filter((line) => line.includes('composed anew'))).toHaveLength(2);
  await graph.stop();
});

test('operations in use go on by the new schema, and those that do not fit it are refused', async () => {
  const { graph, change } = await startOnCopy(false);
  const used = 'query Me($all: Boolean = false) { people { name fame @include(if: $all) } }';
  const before = await graph.ask(used, { all: true });
  expect(before.data).toMatchObject({ people: [{ name: 'ada the brave' }, {}] });
  expect((await graph.ask('{ born }')).data).toEqual({ born: 1 });
  change((sdl) => sdl.replace(/ {2}born.*\n/, ''));
  expect(await graph.gateway.reload()).toBe(true);
  expect((await graph.ask(used, { all: true })).data).toEqual(before.data);
  expect((await graph.ask('{ born }')).errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  await graph.stop();
});
