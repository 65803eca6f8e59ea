import { randomUUID } from 'node:crypto';
import { graphForTests } from './graph.ts';

/** What services and operators write, as far as it is wrong in ways that more than one process has to agree about. */
const graph = graphForTests();
const record = 'mutation ($events: [EventInput!]!) { recordEvents(events: $events) { id data } }';
let service: string;
let userId: string;
beforeAll(async () => {
  service = await graph.tokenOf('service');
  const player = await graph.tokenOf('user');
  userId = (await graph.ask('{ me { id } }', {}, player)).data.me.id;
});

const event = (change: object) => ({
  id: randomUUID(),
  userId,
  type: 'MatchWon',
  occurredAt: new Date().toISOString(),
  ...change,
});
const nested = (levels: number): object => JSON.parse('{"a":'.repeat(levels) + '1' + '}'.repeat(levels)) as object;
const refusal = async (answer: ReturnType<typeof graph.ask>) => {
  const { errors } = await answer;
  return errors && { code: errors[0]!.extensions.code, message: errors[0]!.message };
};

test.each([65, 1300])('data of %i levels is BAD_USER_INPUT, at every door', async (levels) => {
  const variables = { events: [event({ data: nested(levels) })] };
  for (const answer of [
    graph.ask(record, variables, service),
    graph.askSubgraph('progress', record, variables, service),
  ])
    expect(await refusal(answer)).toMatchObject({ code: 'BAD_USER_INPUT', message: expect.stringContaining('nested') });
  // The longer one has more tokens than a document may have.
  const inline = JSON.stringify(variables.events[0]).replace(/"(\w+)":/g, '$1:');
  expect(await refusal(graph.ask(`mutation { recordEvents(events: [${inline}]) { id } }`, {}, service))).toMatchObject({
    code: levels === 65 ? 'BAD_USER_INPUT' : 'MAX_TOKENS_LIMIT',
  });
});

test('data of 60 levels comes back as it was sent', async () => {
  const data = nested(60);
  const answer = await graph.ask(record, { events: [event({ data })] }, service);
  expect(answer.data.recordEvents[0].data).toEqual(data);
});

test.each(['12345678901234567891', '9007199254740993', '-9007199254740993', '1e21'])(
  'the number %s is no id: it would be rounded',
  async (id) => {
    const sentence = expect.stringContaining('send it as text') as string;
    const variables = { events: [event({ id: 1 })] };
    variables.events[0]!.id = Number(id) as never;
    expect(await refusal(graph.ask(record, variables, service))).toEqual({ code: 'BAD_USER_INPUT', message: sentence });
    const single = await graph.ask('query ($id: ID!) { quest(id: $id) { id } }', { id: Number(id) });
    expect(single.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  },
);

test('written in a document it is refused too, and as text it is what it says', async () => {
  const inDocument = (
    id: string,
  ) => `mutation { recordEvents(events: [{ id: ${id}, userId: "${userId}", type: "MatchWon",
    occurredAt: "${new Date().toISOString()}" }]) { id } }`;
  const refused = await graph.ask(inDocument('12345678901234567891'), {}, service);
  expect(refused.errors?.[0]?.message).toContain('send it as text');
  const taken = await graph.ask(inDocument('"12345678901234567891"'), {}, service);
  expect(taken.data.recordEvents).toEqual([{ id: '12345678901234567891' }]);
  const small = await graph.ask(inDocument('9007199254740991'), {}, service);
  expect(small.data.recordEvents).toEqual([{ id: '9007199254740991' }]);
});
