import { parse } from 'graphql';
import { json } from '../request.ts';
import { documentRows } from './documentRows.ts';
import { dribble } from './dribble.ts';
import { httpRows } from './httpRows.ts';
import { operationRows, stringRows } from './inputRows.ts';
import { doorScenes } from './doorScenes.ts';
import { passwordScenes } from './passwordScenes.ts';
import { sessionScenes } from './sessionScenes.ts';
import { socketScenes } from './socketScenes.ts';
import { callRaw } from './grpcCalls.ts';
import { type RawSocket, ask, enter, openSocket } from './socket.ts';
import { type Got, type Player, type Stage, openStage } from './stage.ts';
import { tokenRows } from './tokenRows.ts';
import type { Data } from '../../../local/test/graph.ts';
import { doorsTo, openGrpcClient, routes } from '../../../local/test/operationDoors.ts';
import { until } from '../../../shared/testing/harness.ts';

let stage: Stage;
let player: Player;
let operator: string;
let slow: Promise<{ text: string; seconds: number }>[];
beforeAll(async () => {
  stage = await openStage();
  player = await stage.signUp();
  operator = await stage.graph.tokenOf('operator');
  const { port, host } = new URL(stage.graph.url());
  const start = `POST /graphql HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n`;
  slow = [dribble(Number(port), start, 'x: y\r\n'), dribble(Number(port), `${start}content-length: 100\r\n\r\n`, ' ')];
});
afterAll(() => stage.stop());

/** What no answer may ever contain. */
const leaks =
  /\bat (\S+ ){0,3}\(?\S+:\d+:\d+\)?|node_modules|\bselect .+ from\b|MikroORM|Postgres|relation "|Did you mean|argon2|graphiql|playground|sandbox/i;

function expectDiscretion({ text }: { text: string }) {
  expect(text).not.toMatch(leaks);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
}

/** Whatever was tried, the next honest player is served. */
afterEach(async () => {
  await until(async () => {
    const { data } = await stage.post('{ me { id } }', {}, player.token);
    return (data as { me: { id: string } | null } | null)?.me?.id === player.id;
  }, 'the next honest player is served');
});

describe('HTTP', () => {
  test.each(httpRows)('$id $attack', async ({ sent, status, code }) => {
    const got = await stage.send(sent).catch((error: NodeJS.ErrnoException): Got => {
      // The server may hang up on what is far too much before it was read.
      if (status === 431 || status === 413)
        return { status, headers: {}, body: Buffer.alloc(0), text: '', codes: code ? [code] : [] };
      throw error;
    });
    expect([status].flat()).toContain(got.status);
    if (code) expect(got.codes).toEqual([code]);
    expectDiscretion(got);
  });
});

describe('documents', () => {
  let socket: RawSocket | undefined;
  let used = 0;
  afterAll(() => socket?.raw.terminate());
  /** A socket may say a hundred things a minute. */
  const aSocket = async () => {
    if (!socket || ++used % 40 === 0) {
      socket?.raw.terminate();
      socket = await enter(stage.graph.url(), player.token);
    }
    return socket;
  };

  describe.each(documentRows)('$id $attack', ({ query, variables, codes, isMutation }) => {
    const isSubscription = query.startsWith('subscription');
    const expectRefusal = (got: Got) => {
      if (got.status !== 200 || !codes.includes(null)) expect(got.status).toBe(400);
      if (!codes.includes(null)) expect(got.data).toBeUndefined();
      for (const code of got.codes) expect(codes).toContain(code);
      if (!codes.includes(null)) expect(got.codes.length).toBeGreaterThan(0);
      expectDiscretion(got);
      expect(got.text.length).toBeLessThan(10_000);
    };

    test('by POST', async () => expectRefusal(await stage.post(query, variables, player.token)));

    if (!isMutation && !isSubscription && query.length < 10_000)
      test('by GET', async () => expectRefusal(await stage.get(query, variables, player.token)));

    test('by WebSocket', async () => {
      const one = await aSocket();
      if (JSON.stringify({ query, variables }).length > 60_000) return;
      const got = await ask(one, query, variables);
      if (!codes.includes(null)) expect(got.length).toBeGreaterThan(0);
      for (const code of got) expect(codes).toContain(code);
      expect(one.code()).toBe(0);
    });

    test('straight at a subgraph', async () => {
      for (const url of Object.values(stage.graph.subgraphs())) {
        const got = await stage.send({ headers: json, body: JSON.stringify({ query, variables }) }, url);
        expect(got).toMatchObject({ status: 401, codes: ['UNAUTHENTICATED'] });
      }
    });
  });

  test('Q10 one mistake made ten times is told once', async () => {
    const { codes } = await stage.post(`{ me { id ${'@aa '.repeat(10)} } }`);
    expect(codes).toHaveLength(1);
  });
});

describe('tokens', () => {
  let honest: string;
  test.each(tokenRows)('$id $attack', async ({ token }) => {
    const forged = token(stage, player);
    const got = await stage.post('{ me { id } }', {}, forged);
    expect(got).toMatchObject({ status: 401, codes: ['UNAUTHENTICATED'] });
    expectDiscretion(got);
    expect((honest ??= got.text)).toBe(got.text);

    const headers = { authorization: `Bearer ${forged}` };
    const rest = await stage.send({ method: 'GET', path: '/api/v1/me', headers });
    expect([rest.status, JSON.parse(rest.text)]).toMatchObject([401, { code: 'UNAUTHENTICATED' }]);
    expect((await callRaw(stage.graph.grpcPort(), 'GetMe', { headers })).outcome).toBe(
      'UNAUTHENTICATED UNAUTHENTICATED',
    );

    const socket = await openSocket(stage.graph.url());
    socket.say({ type: 'connection_init', payload: { authorization: `Bearer ${forged}` } });
    await until(() => socket.code() === 4403, 'the socket is closed with 4403');

    for (const subgraph of ['auth', 'catalog', 'progress'] as const) {
      const { errors } = await stage.graph.askSubgraph(subgraph, '{ __typename }', {}, forged);
      expect(errors![0]!.extensions.code).toBe('UNAUTHENTICATED');
    }
  });
});

describe('every text argument of the graph', () => {
  test.each(stringRows)('$name takes text as text', async ({ document, variables, where }) => {
    expect(() => parse(document)).not.toThrow();
    for (const text of texts) {
      const got = await stage.post(document, where(structuredClone(variables), text), operator, {
        'x-forwarded-for': stage.someAddress(),
      });
      expect(got.codes).not.toContain('INTERNAL_SERVER_ERROR');
      expectDiscretion(got);
    }
  });
});

describe('every text argument of the named operations', () => {
  let client: Data;
  beforeAll(() => (client = openGrpcClient(stage.graph)));
  afterAll(() => client.close());

  test.each(operationRows)('$name takes text as text over REST and gRPC', async ({ name, call, variables, where }) => {
    const { rest, grpc } = doorsTo(stage.graph, () => client);
    // A header has no control characters, and what is no Unicode no client of these doors can say.
    const sayable = name.endsWith('idempotencyKey') ? /^[ -~]*$/ : /^\P{Surrogate}*$/u;
    for (const text of texts.filter((one) => sayable.test(one)))
      for (const door of routes.some(({ operation }) => operation.name === call) ? [rest, grpc] : [grpc]) {
        const got = await door(call, where(structuredClone(variables), text), operator);
        expect(got).not.toEqual({ code: 'INTERNAL_SERVER_ERROR' });
        expectDiscretion({ text: JSON.stringify(got) });
      }
  });
});

/** SECURITY.md 4.3: I1, I2 as text, I4, I7, I8, I10 and what else a text may be. */
const texts = [
  `' OR 1=1--`,
  `'; DROP TABLE users; --`,
  `\\'`,
  '%27',
  '%%%%%%%%%%%%%%%%%%%%',
  `${'a'.repeat(200)}!`,
  '{"$ne":null}',
  'user:1:admin\r\nFLUSHALL\r\n',
  '<img src=x onerror=alert(1)>',
  '\u0000',
  '\ud800',
  '__proto__',
];

describe('scenes', () => {
  test.each([...socketScenes, ...sessionScenes, ...passwordScenes, ...doorScenes])('$id $attack', ({ play }) =>
    play(stage),
  );
});

// Begun before everything else, because they take their time.
test.each([
  ['H18', 'a header that never ends', 0],
  ['H19', 'a body that never ends', 1],
])('%s %s', async (_, __, n) => {
  const { text, seconds } = await slow[n]!;
  expect(text).toMatch(/^HTTP\/1.1 408 /);
  expect(seconds).toBeLessThan(n === 0 ? 10 : 15);
});
