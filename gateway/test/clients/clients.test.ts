import { createHash } from 'node:crypto';
import { WebSocket } from 'ws';
import { until } from '../../../shared/testing/harness.ts';
import { type TestGraph, startTestGraph, tokenFor } from '../graph.ts';
import { send } from '../request.ts';
import { type TestWire, startWire } from '../wire.ts';
import { libraries } from './libraries.ts';
import { rawClients } from './rawClients.ts';
import type { Resumable } from './session.ts';

let graph: TestGraph;
let wire: TestWire;
beforeAll(async () => {
  graph = await startTestGraph();
  wire = await startWire(Number(new URL(graph.url).port));
});
afterAll(async () => {
  await wire.stop();
  await graph.stop();
});

const signIn = 'mutation SignIn($name: String!) { signIn(name: $name) }';
const me = 'query Me { me { name } }';
const told = 'subscription Told($after: String) { told(after: $after) { cursor number } }';

test.each(libraries)('$name: sign in, query, subscribe, refresh, cut and resume', async ({ name, open }) => {
  const person = name.replace(/\W/g, '');
  let token: string | undefined;
  // A client that has only sockets or is signed in elsewhere brings its token along.
  if (name === 'graphql-ws alone') token = tokenFor(person);
  const session = open({ http: wire.url, socket: wire.url.replace('http', 'ws') }, () => token);
  const enter = async () => (token = (await session.ask(signIn, { name: person }))['signIn'] as string);
  const whoAmI = async () => ((await session.ask(me))['me'] as { name: string } | null)?.name;

  await enter();
  expect(await whoAmI()).toBe(`${person} the brave`);
  const numbers: number[] = [];
  const variables: Resumable = { after: null };
  session.subscribe?.(told, variables, (data) => {
    const event = data['told'] as { cursor: string; number: number };
    numbers.push(event.number);
    variables.after = event.cursor;
  });
  if (session.subscribe) {
    await until(() => graph.tellings.open() === 1, 'the stream is open');
    graph.tellings.tell(person, 't1');
    await until(() => numbers.length === 1, 'the first event arrives');
  }

  const before = token;
  await enter();
  expect(token).not.toBe(before);
  expect(await whoAmI()).toBe(`${person} the brave`);

  if (session.subscribe) {
    wire.cut();
    await until(() => graph.tellings.open() === 0, 'the stream is cut');
    if (session.resumes) graph.tellings.tell(person, 't2');
    await until(() => graph.tellings.open() === 1, 'it is asked for again');
    graph.tellings.tell(person, 't3');
    await until(() => numbers.length === (session.resumes ? 3 : 2), 'what came meanwhile, and what is new');
    expect(numbers).toEqual(session.resumes ? [1, 2, 3] : [1, 2]);
  }
  await session.close();
  await until(() => graph.tellings.open() === 0, 'nothing is left open');
});

describe.each(rawClients)('$name', ({ headers, type, connectionParams }) => {
  const post = (body: object, more: Record<string, string> = {}) =>
    send(graph.url, { headers: { ...headers, ...more }, body: JSON.stringify(body) });

  test('signs in and queries', async () => {
    const entered = await post({ operationName: 'SignIn', query: signIn, variables: { name: 'kim' } });
    expect(entered.headers['content-type']).toBe(`${type}; charset=utf-8`);
    const authorization = (JSON.parse(entered.text) as { data: { signIn: string } }).data.signIn;
    const answer = await post({ operationName: 'Me', query: me, variables: {} }, { authorization });
    expect(JSON.parse(answer.text)).toEqual({ data: { me: { name: 'kim the brave' } } });
  });

  test('sends hashes of documents, and their texts when they are asked for', async () => {
    const query = `query Me { me { name } } # ${type} ${Object.keys(headers).join()}`;
    const extensions = {
      persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') },
    };
    const unknown = await post({ operationName: 'Me', variables: {}, extensions });
    expect(JSON.parse(unknown.text)).toMatchObject({ errors: [{ message: 'PersistedQueryNotFound' }] });
    for (const body of [{ query, extensions }, { extensions }])
      expect(JSON.parse((await post(body)).text)).toEqual({ data: { me: null } });
  });

  test('subscribes', async () => {
    const authorization = tokenFor('kim');
    const socket = new WebSocket(graph.socketUrl, 'graphql-transport-ws');
    const heard: { type: string; payload?: { data?: unknown } }[] = [];
    socket.on('message', (data) => heard.push(JSON.parse(String(data)) as (typeof heard)[number]));
    await new Promise((resolve) => socket.on('open', resolve));
    socket.send(JSON.stringify({ type: 'connection_init', payload: connectionParams(authorization) }));
    await until(() => heard.some(({ type }) => type === 'connection_ack'), 'it is let in');
    socket.send(
      JSON.stringify({ id: 'a', type: 'subscribe', payload: { operationName: 'Told', query: told, variables: {} } }),
    );
    await until(() => graph.tellings.open() === 1, 'the stream is open');
    graph.tellings.tell('kim', 't1');
    await until(() => heard.some(({ type }) => type === 'next'), 'the event arrives');
    socket.close();
    await until(() => graph.tellings.open() === 0, 'it is closed');
  });
});
