import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../../shared/testing/harness.ts';
import { type BadInput, type Field, badInputs, floods, slowInputs } from './badInput.ts';
import { callRaw } from './grpcCalls.ts';
import { type Got, openStage } from './stage.ts';
import { stoppedSubgraph } from './stoppedSubgraph.ts';

/** The table of what is refused in docs/doors.md: each row is sent at each door, and answered as it says. */
const text = readFileSync(join(import.meta.dirname, '../../../docs/doors.md'), 'utf8');
const page = text.slice(text.indexOf('\n## What is refused'));
const table = new Map(
  [...page.matchAll(/^\| ([^|]+?) +\| ([^|]*?) *\| ([^|]*?) *\| ([^|]*?) *\|$/gm)]
    .slice(1)
    .map(([, input, rest, grpc, graphql]) => [input!, { rest, grpc, graphql }]),
);

let field: Field;
let slow: Map<string, Promise<Outcomes>>;
beforeAll(async () => {
  const stage = await openStage();
  field = { stage, player: await stage.signUp() };
  slow = new Map(Object.entries(slowInputs).map(([name, input]) => [name, outcomesOf(input)]));
});
afterAll(() => field.stage.stop());

type Outcomes = Record<'rest' | 'grpc' | 'graphql', string>;

function outcomeOf({ status, text, codes }: Got): string {
  let [code] = codes;
  if (text.startsWith('{')) code ??= (JSON.parse(text) as { code?: string }).code;
  return [status, code].filter(Boolean).join(' ');
}

async function outcomesOf({ rest, grpc, graphql }: BadInput): Promise<Outcomes> {
  const [one, other, third] = await Promise.all([rest?.(field), grpc?.(field), graphql?.(field)]);
  for (const got of [one, third]) expect(got?.headers ?? {}).not.toHaveProperty('set-cookie');
  return {
    rest: one ? outcomeOf(one) : '',
    grpc: other?.outcome ?? '',
    graphql: third ? outcomeOf(third) : '',
  };
}

/** Whatever was sent, the next honest player is served, over HTTP/2 too. */
afterEach(async () => {
  await until(async () => {
    const headers = { authorization: `Bearer ${field.player.token}` };
    return (await callRaw(field.stage.graph.grpcPort(), 'GetMe', { headers })).outcome === 'OK';
  }, 'the next honest player is served');
});

const inputs = { ...badInputs, ...floods, ...stoppedSubgraph };
test('every row of the table is tried, and every input has its row', () =>
  expect([...table.keys()].sort()).toEqual([...Object.keys(inputs), ...Object.keys(slowInputs)].sort()));

test.each(Object.entries(inputs))('%s', async (name, input) =>
  expect(await outcomesOf(input)).toEqual(table.get(name)),
);
test.each(Object.keys(slowInputs))('%s', async (name) => expect(await slow.get(name)).toEqual(table.get(name)));
