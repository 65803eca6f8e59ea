import { parse } from 'graphql';
import { createExecution } from '../../execution/compiled.ts';
import { anonymous } from './comparison.ts';
import { fakeSubgraphs } from './fakeSubgraphs.ts';
import { compose } from './supergraphs/compose.ts';
import { unusualSupergraphs } from './supergraphs/shapes.ts';
import { fairWeather } from './world.ts';

const subgraphs = unusualSupergraphs['progressive overrides']!;
const sdl = compose(subgraphs);
const { send, requests } = fakeSubgraphs(subgraphs)(fairWeather);
const execution = createExecution(sdl, send, { isLabelOn: (label, { caller }) => label === caller.address });

/** Which subgraph answered a field. */
async function answering(field: string, text: string, caller: Partial<typeof anonymous & { address: string }>) {
  const first = requests.length;
  await execution.execute({ document: parse(text), variables: {}, caller: { ...anonymous, ...caller } });
  return requests.slice(first).find(({ body }) => new RegExp(`\\b${field}\\b`).test(body))!.service;
}

test('a label that is on moves the field to its new subgraph, for the operations for which it is on', async () => {
  expect(await answering('count', '{ count }', { address: 'counting' })).toBe('fresh');
  expect(await answering('count', '{ count }', { address: 'pricing' })).toBe('old');
  expect(await answering('count', '{ count }', {})).toBe('old');
  expect(await answering('price', '{ first { price } }', { address: 'pricing' })).toBe('fresh');
});

test('a percentage moves about that share of the requests', async () => {
  let moved = 0;
  for (let i = 0; i < 500; i++)
    if ((await answering('title', '{ first { title } }', { requestId: `r${i}` })) === 'fresh') moved++;
  expect(moved).toBeGreaterThan(150);
  expect(moved).toBeLessThan(250);
});

test('a user who is signed in stays on one side', async () => {
  const sides = new Map<string, Set<string>>();
  for (let i = 0; i < 60; i++) {
    const id = `user ${i % 12}`;
    const viewer = { id, roles: [], sessionId: 's', expiresAt: 0 };
    const service = await answering('title', '{ first { title } }', { requestId: `r${i}`, viewer });
    sides.set(id, (sides.get(id) ?? new Set()).add(service));
  }
  expect([...sides.values()].map(({ size }) => size)).toEqual(Array(12).fill(1));
  expect(new Set([...sides.values()].flatMap((side) => [...side])).size).toBe(2);
});
