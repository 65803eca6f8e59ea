import type { Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { until } from '../../shared/testing/harness.ts';
import { type TestGraph, startTestGraph, tokenFor } from './graph.ts';
import { type Heard, connect, listen } from './listener.ts';

const told = 'subscription ($after: String) { told(after: $after) { number thing { title } person { name } } }';
const clients: Client[] = [];
let graph: TestGraph;
beforeAll(async () => {
  graph = await startTestGraph({ connectionLimits: { connectionsPerUser: 10 } });
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.dispose()));
  await until(() => graph.tellings.open() === 0, 'every stream at the subgraph is closed');
});
afterAll(() => graph.stop());

const here = (person: string, seconds = 60) => {
  const client = connect(graph.socketUrl, tokenFor(person, seconds));
  clients.push(client);
  return client;
};
const tell = (person: string, times: number, thing = 't1') => {
  for (let time = 0; time < times; time++) graph.tellings.tell(person, thing);
};
const open = (count: number) =>
  until(() => graph.tellings.open() === count, `${count} streams are open at the subgraph`);
const subscriptions = (count: number) =>
  until(
    () => Object.values(metrics().subscriptionsByField).reduce((a, b) => a + b, 0) === count,
    `${count} subscribers`,
  );
const metrics = () => graph.gateway.metrics.snapshot();
const all = (heard: Heard[], count: number) =>
  until(() => heard.every(({ results }) => results.length === count), `each has ${count}`);
const from = (first: number, count: number) => Array.from({ length: count }, (_, n) => first + n);

test('a hundred equal subscriptions of one user cost one stream, and one request per event', async () => {
  const sockets = from(0, 5).map(() => here('ada'));
  const heard = sockets.flatMap((client) => from(0, 20).map(() => listen(client, told)));
  await subscriptions(100);
  await open(1);
  const before = { asked: graph.titlesAsked.length, requests: metrics().entityRequests };
  tell('ada', 1);
  await all(heard, 1);
  expect(graph.titlesAsked.length - before.asked).toBe(1);
  expect(metrics().entityRequests - before.requests).toBe(1);
  expect(metrics().groups).toBe(1);
  for (const { results } of heard)
    expect(results).toEqual([
      {
        data: { told: { number: expect.any(Number), thing: { title: 'Thing t1' }, person: { name: 'ada the brave' } } },
      },
    ]);
});

test('whoever subscribed first may leave, and the others go on with whole events', async () => {
  const token = tokenFor('eve');
  const [first, second] = [connect(graph.socketUrl, token), connect(graph.socketUrl, token)];
  clients.push(first, second);
  listen(first, told);
  await subscriptions(1);
  const other = listen(second, told);
  await subscriptions(2);
  await first.dispose();
  await subscriptions(1);
  tell('eve', 1);
  await all([other], 1);
  expect(other.results).toEqual([
    {
      data: { told: { number: expect.any(Number), thing: { title: 'Thing t1' }, person: { name: 'eve the brave' } } },
    },
  ]);
});

test('other variables, another operation and another user are groups of their own', async () => {
  const client = here('bob');
  listen(client, told);
  listen(client, 'subscription { told { number } }');
  listen(here('cyd'), told);
  await open(3);
  expect(metrics().groups).toBe(3);
});

test('who resumes gets what it missed, nobody else gets it again, and having caught up it shares', async () => {
  tell('dan', 3);
  const live = listen(here('dan'), told);
  await open(1);
  const resuming = listen(here('dan'), told, { after: 'dan-1' });
  await until(() => resuming.results.length === 2, 'what it missed');
  await until(() => metrics().groups === 1, 'they are one group');
  await open(1);
  tell('dan', 2);
  await all([resuming], 4);
  await all([live], 2);
  expect([resuming.numbers(), live.numbers()]).toEqual([
    [2, 3, 4, 5],
    [4, 5],
  ]);
});

test('who resumes where the others stand joins at once, and who resumes elsewhere has a stream of its own', async () => {
  tell('eva', 2);
  const live = listen(here('eva'), told);
  await open(1);
  const opened = graph.tellings.opened.length;
  const same = listen(here('eva'), told, { after: 'eva-2' });
  await subscriptions(2);
  expect(graph.tellings.opened.length).toBe(opened);
  const behind = listen(here('eva'), told, { after: 'eva-0' });
  await all([behind], 2);
  tell('eva', 1);
  await all([live, same], 1);
  await all([behind], 3);
  expect([live.numbers(), same.numbers(), behind.numbers()]).toEqual([[3], [3], [1, 2, 3]]);
});

test('what is declared public has one stream for everyone, opened in the name of nobody', async () => {
  const query = 'subscription { news { number thing { title } } }';
  const heard = ['fay', 'gus', 'hal'].map((person) => listen(here(person), query));
  await subscriptions(3);
  await open(1);
  tell('fay', 1);
  await all(heard, 1);
  expect(heard.map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
});

test('events of many users ask together for entities that are the same for everyone, and for their own alone', async () => {
  const people = from(1, 30).map((n) => `player${n}`);
  const heard = people.map((person) => listen(here(person), told));
  await open(people.length);
  const before = metrics();
  const asked = graph.titlesAsked.length;
  for (const [n, person] of people.entries()) tell(person, 1, `t${n % 3}`);
  await all(heard, 1);
  expect(heard.map(({ results }) => results)).toEqual(
    people.map((person, n) => [
      { data: { told: { number: 1, thing: { title: `Thing t${n % 3}` }, person: { name: `${person} the brave` } } } },
    ]),
  );
  expect(metrics().entityKeys - before.entityKeys).toBe(graph.titlesAsked.length - asked);
  expect(metrics().entityRequests - before.entityRequests).toBeLessThan(people.length / 2);
  expect(new Set(graph.titlesAsked.slice(asked).map(({ viewer }) => viewer))).toEqual(new Set([undefined]));
});

test('a failed entity is an error of those who asked for it, at its place', async () => {
  const [ivy, jim] = ['ivy', 'jim'].map((person) => listen(here(person), told)) as [Heard, Heard];
  await open(2);
  tell('ivy', 1, 'broken');
  tell('jim', 1, 't1');
  await all([ivy, jim], 1);
  expect(ivy.results).toEqual([
    {
      data: null,
      errors: [
        {
          message: 'Internal server error',
          path: ['told', 'thing', 'title'],
          extensions: expect.objectContaining({ code: 'INTERNAL_SERVER_ERROR' }),
        },
      ],
    },
  ]);
  expect(jim.results).toMatchObject([{ data: { told: { thing: { title: 'Thing t1' } } } }]);
});

test('when the token that opened a stream ends, the stream goes on with the token of who is still there', async () => {
  const first = here('kim', 2);
  const closed = new Promise<number>((resolve) => first.on('closed', (event) => resolve((event as CloseEvent).code)));
  listen(first, told);
  await open(1);
  const second = listen(here('kim'), told);
  await subscriptions(2);
  expect(await closed).toBe(4403);
  tell('kim', 1);
  await all([second], 1);
  expect(second.results).toMatchObject([{ data: { told: { person: { name: 'kim the brave' } } } }]);
  expect(second.results[0]!.errors).toBeUndefined();
});

test('two hundred events at once arrive, all and in order', async () => {
  const heard = listen(here('lea'), told);
  await open(1);
  tell('lea', 200);
  await all([heard], 200);
  expect(heard.numbers()).toEqual(from(1, 200));
});

test('who reads too slowly is told where to go on, loses nothing by it, and slows nobody down', async () => {
  const big = 'x'.repeat(40_000);
  const quick = listen(here('max'), told);
  const slow = new WebSocket(graph.socketUrl, 'graphql-transport-ws');
  const frames: { type: string; payload: { extensions: { code: string; cursor: string } }[] }[] = [];
  slow.on('open', () =>
    slow.send(JSON.stringify({ type: 'connection_init', payload: { authorization: tokenFor('max') } })),
  );
  slow.on('message', (data) => {
    const frame = JSON.parse(String(data)) as (typeof frames)[number];
    if (frame.type === 'connection_ack')
      slow.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: told } }), () => slow.pause());
    else frames.push(frame);
  });
  await subscriptions(2);
  await open(1);
  const before = metrics().ends.slow;
  let count = 0;
  while (metrics().ends.slow === before) {
    tell('max', 10, big);
    count += 10;
    await all([quick], count);
  }
  expect(metrics().deepestQueue).toBeLessThanOrEqual(256);
  slow.resume();
  const last = await until(() => frames.at(-1)?.type === 'error' && frames.at(-1), 'it is told');
  const [{ extensions }] = last.payload as [{ extensions: { code: string; cursor: string } }];
  expect(extensions).toEqual({ code: 'SUBSCRIPTION_SLOW_CONSUMER', cursor: `max-${frames.length - 1}` });
  slow.close();
  const resumed = listen(here('max'), told, { after: extensions.cursor });
  await all([resumed], count - (frames.length - 1));
});
