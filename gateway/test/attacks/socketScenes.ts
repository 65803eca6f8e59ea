import { limits } from '../../limits/limits.ts';
import { until } from '../../../shared/testing/harness.ts';
import { type SceneRow, all, closes, init, popups, scene } from './scene.ts';
import { ask, enter, openSocket } from './socket.ts';

/** SECURITY.md 4.4 */
export const socketScenes: SceneRow[] = [
  scene('W1', 'saying nothing', async ({ graph }) => void (await closes(await openSocket(graph.url()), 4408))),
  scene('W2', 'subscribing before the acknowledgement', async ({ graph }) => {
    const socket = await openSocket(graph.url());
    socket.say({ id: '1', type: 'subscribe', payload: { query: popups } });
    await closes(socket, 4401);
  }),
  scene('W3', 'entering twice', async ({ graph, signUp }) => {
    const { token } = await signUp();
    const socket = await enter(graph.url(), token);
    socket.say(init(token));
    await closes(socket, 4429);
  }),
  scene('W4', 'entering without a token', async ({ graph }) => {
    for (const payload of [
      undefined,
      {},
      { authorization: 7 },
      { authorization: 'Bearer' },
      { authorization: 'Bearer a.b.c' },
    ]) {
      const socket = await openSocket(graph.url());
      socket.say({ type: 'connection_init', ...(payload && { payload }) });
      await closes(socket, 4403);
    }
  }),
  ...[
    '{',
    'null',
    '[]',
    '7',
    '{"type":"start"}',
    '{"type":"subscribe","id":""}',
    '{"type":"subscribe","id":"1","payload":7}',
  ].map((text) =>
    scene('W5', `saying ${text}`, async ({ graph, signUp }) => {
      const socket = await enter(graph.url(), (await signUp()).token);
      socket.say(text);
      await closes(socket, 4400);
    }),
  ),
  scene('W6', 'one id twice', async ({ graph, signUp }) => {
    const socket = await enter(graph.url(), (await signUp()).token);
    const subscribe = { id: '1', type: 'subscribe', payload: { query: popups } };
    socket.say(subscribe);
    socket.say(subscribe);
    await closes(socket, 4409);
  }),
  ...['', 'graphql-ws', 'soap'].map((protocol) =>
    scene(protocol === 'graphql-ws' ? 'W8' : 'W7', `the sub-protocol "${protocol}"`, async ({ graph }) => {
      const socket = await openSocket(graph.url(), {}, protocol);
      if (socket.raw.readyState === 1) socket.say({ id: '1', type: 'start', payload: { query: '{ me { id } }' } });
      await until(() => socket.code() === 4406 || socket.code() < 0 || socket.code() === 1006, 'it is refused');
      expect(socket.heard).toEqual([]);
    }),
  ),
  scene('W9', 'a syntax error, and then a question', async ({ graph, signUp }) => {
    const socket = await enter(graph.url(), (await signUp()).token);
    expect(await ask(socket, 'subscription {')).toEqual(['GRAPHQL_PARSE_FAILED']);
    expect(await ask(socket, '{ me { id } }')).toEqual([]);
    expect(socket.heard.filter(({ type }) => type === 'complete')).toHaveLength(1);
  }),
  scene('W10', 'a field that is not there, and then a question', async ({ graph, signUp }) => {
    const socket = await enter(graph.url(), (await signUp()).token);
    expect(await ask(socket, 'subscription { nothing }')).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    expect(await ask(socket, '{ me { id } }')).toEqual([]);
    expect(socket.heard.filter(({ type }) => type === 'complete')).toHaveLength(1);
  }),
  scene('W11', 'a message of 70 KB from a stranger', async ({ graph }) => {
    const socket = await openSocket(graph.url());
    socket.say(`{"type":"ping","payload":{"x":"${'x'.repeat(70_000)}"}}`);
    await closes(socket, 1009);
  }),
  scene('W11', 'a message that is larger than any that is promised to pass', async ({ graph, signUp }) => {
    const socket = await enter(graph.url(), (await signUp()).token);
    socket.say(`{"type":"ping","payload":{"x":"${'x'.repeat(limits.messageBytes)}"}}`);
    await closes(socket, 1009);
  }),
  scene('W13', 'a sixth socket of one user, and a 21st subscription', async ({ graph, signUp }) => {
    const { token } = await signUp();
    const open = await all(5, () => enter(graph.url(), token));
    const sixth = await enter(graph.url(), token);
    await until(() => open.filter((socket) => socket.code() === 1013).length === 1, 'one of the five gives way');
    for (let n = 0; n < 20; n++) sixth.say({ id: `s${n}`, type: 'subscribe', payload: { query: popups } });
    expect(await ask(sixth, popups)).toEqual(['TOO_MANY_SUBSCRIPTIONS']);
    for (const { raw } of [...open, sixth]) raw.terminate();
  }),
  scene('W14', '300 messages at once', async ({ graph, signUp }) => {
    const socket = await enter(graph.url(), (await signUp()).token);
    for (let n = 0; n < 300; n++) socket.say({ type: 'ping' });
    await until(() => [1008, 4429].includes(socket.code()), 'it is closed');
  }),
  ...['https://evil.example', 'null', 'https://app.example.com.evil.example'].map((origin) =>
    scene('W15', `a page of ${origin}`, async ({ graph }) =>
      expect((await openSocket(graph.url(), { origin })).code()).toBe(-403),
    ),
  ),
  scene('W17', 'sign-ins by socket', async ({ graph, signUp }) => {
    const victim = await signUp();
    const socket = await enter(graph.url(), (await signUp()).token);
    const codes: string[][] = [];
    for (let n = 0; n < 6; n++)
      codes.push(
        await ask(socket, `mutation { signIn(input: { name: "${victim.name}", password: "wrong" }) { accessToken } }`),
      );
    expect(codes).toEqual([...Array<string[]>(5).fill(['INVALID_CREDENTIALS']), ['RATE_LIMITED']]);
    socket.raw.terminate();
  }),
  ...['-1', '9007199254740993', 'x', "' OR 1=1--"].map((after) =>
    scene('W19', `a cursor ${after}`, async ({ graph, signUp }) => {
      const socket = await enter(graph.url(), (await signUp()).token);
      expect(
        await ask(socket, 'subscription ($after: String) { questCompleted(after: $after) { cursor } }', { after }),
      ).toEqual(['BAD_USER_INPUT']);
      socket.raw.terminate();
    }),
  ),
  scene('W19', "another player's cursor", async ({ graph, signUp, post }) => {
    const [mine, theirs] = [await signUp(), await signUp()];
    const { data } = await post('{ me { questCursor } }', {}, theirs.token);
    const after = (data as { me: { questCursor: string } }).me.questCursor;
    const socket = await enter(graph.url(), mine.token);
    expect(
      await ask(socket, 'subscription ($after: String) { questCompleted(after: $after) { cursor } }', { after }),
    ).toEqual(['BAD_USER_INPUT']);
    socket.raw.terminate();
  }),
  scene('W21', 'compression', async ({ graph }) => {
    const socket = await openSocket(graph.url());
    expect(socket.raw.extensions).toBe('');
    socket.raw.terminate();
  }),
];
