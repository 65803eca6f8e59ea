import { randomUUID } from 'node:crypto';
import { connect } from '../../../local/sql.ts';
import { until } from '../../../subgraphs/shared/test/harness.ts';
import { ask, enter, openSocket } from './socket.ts';
import { type Stage, goodPassword, json } from './stage.ts';

/** An attack of more than one message. */
export interface SceneRow {
  id: string;
  attack: string;
  play(stage: Stage): Promise<void>;
}

const scene = (id: string, attack: string, play: SceneRow['play']): SceneRow => ({ id, attack, play });
const all = <T>(count: number, work: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, n) => work(n)));
const closes = (socket: { code(): number }, code: number) =>
  until(() => socket.code() === code, `the socket is closed with ${code}, not ${socket.code()}`);
const init = (token: string) => ({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
const popups = 'subscription { questCompleted { cursor } }';

/** SECURITY.md 4.4 */
const sockets: SceneRow[] = [
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
  scene('W11', 'a message of 70 KB', async ({ graph, signUp }) => {
    const socket = await enter(graph.url(), (await signUp()).token);
    socket.say(`{"type":"ping","payload":{"x":"${'x'.repeat(70_000)}"}}`);
    await closes(socket, 1009);
  }),
  scene('W13', 'a sixth socket of one user, and a 21st subscription', async ({ graph, signUp }) => {
    const { token } = await signUp();
    const open = await all(5, () => enter(graph.url(), token));
    expect([4403, 4429]).toContain((await enter(graph.url(), token)).code());
    for (let n = 0; n < 20; n++) open[0]!.say({ id: `s${n}`, type: 'subscribe', payload: { query: popups } });
    expect(await ask(open[0]!, popups)).toEqual(['TOO_MANY_SUBSCRIPTIONS']);
    for (const { raw } of open) raw.terminate();
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

const subscribed = async ({ graph }: Stage, token: string) => {
  const socket = await enter(graph.url(), token);
  socket.say({ id: 'popups', type: 'subscribe', payload: { query: popups } });
  return socket;
};
const operatorOf = async ({ graph }: Stage) => graph.tokenOf('operator');
const isRefused = async ({ post }: Stage, token: string) => {
  const answers = [
    await post('{ me { id } }', {}, token),
    await post('mutation { claimAllRewards { id } }', {}, token),
  ];
  return answers.every(({ codes }) => codes[0] === 'UNAUTHENTICATED');
};
const ways: [string, (stage: Stage, player: { id: string; token: string }) => Promise<unknown>][] = [
  ['signed out', ({ post }, { token }) => post('mutation { signOut }', {}, token)],
  ['signed out everywhere', ({ post }, { token }) => post('mutation { signOut(everywhere: true) }', {}, token)],
  [
    'banned',
    async (stage, { id }) =>
      stage.post('mutation ($id: ID!) { banUser(id: $id) { id } }', { id }, await operatorOf(stage)),
  ],
];

/** SECURITY.md 4.5 and W16: sessions that have ended. */
const sessions: SceneRow[] = [
  ...ways.map(([how, end]) =>
    scene('J16 W16', `a token of somebody ${how}`, async (stage) => {
      const player = await stage.signUp();
      const socket = await subscribed(stage, player.token);
      await end(stage, player);
      await closes(socket, 4403);
      await until(() => isRefused(stage, player.token), 'the whole graph refuses the token');
    }),
  ),
  scene('J16 W16', 'a token of the session of before the password was changed', async (stage) => {
    const player = await stage.signUp();
    const { data } = await stage.signIn(player.name);
    const socket = await subscribed(stage, player.token);
    const input = { oldPassword: goodPassword, newPassword: 'another good password' };
    const change = 'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { id } }';
    const changed = await stage.post(
      change,
      { input },
      (data as { signIn: { accessToken: string } }).signIn.accessToken,
    );
    expect(changed.codes).toEqual([]);
    await closes(socket, 4403);
    await until(() => isRefused(stage, player.token), 'the whole graph refuses the token');
  }),
  scene('J14', 'a refresh token that comes again after its grace', async (stage) => {
    const player = await stage.signUp();
    const refresh = 'mutation ($token: String!) { refreshSession(refreshToken: $token) { accessToken } }';
    const socket = await subscribed(stage, player.token);
    expect((await stage.post(refresh, { token: player.refreshToken })).codes).toEqual([]);
    const sql = await connect(stage.graph.databases.auth);
    await sql.query(`update refresh_token set used_at = used_at - interval '1 minute' where used_at is not null`);
    await sql.end();
    expect((await stage.post(refresh, { token: player.refreshToken })).codes).toEqual(['UNAUTHENTICATED']);
    await closes(socket, 4403);
    await until(() => isRefused(stage, player.token), 'the whole graph refuses the token');
  }),
  scene('J15', '20 refreshes at once', async (stage) => {
    const { refreshToken } = await stage.signUp();
    const refresh = 'mutation ($token: String!) { refreshSession(refreshToken: $token) { refreshToken } }';
    const answers = await all(20, () => stage.post(refresh, { token: refreshToken }));
    const tokens = answers.map(
      ({ data }) => (data as { refreshSession: { refreshToken: string } }).refreshSession.refreshToken,
    );
    expect(new Set(tokens).size).toBe(1);
  }),
  scene('J13', 'identity by headers', async ({ post, signUp }) => {
    const { id } = await signUp();
    const headers = {
      'x-user-id': id,
      'x-user-role': 'OPERATOR',
      'x-internal-token': 'a',
      'x-gateway-secret': 'a',
      cookie: `sid=${id}`,
    };
    expect((await post('{ me { id } }', {}, undefined, headers)).data).toEqual({ me: null });
  }),
  scene('J17', 'the token of a user who was deleted', async ({ graph, post, signUp }) => {
    const { id, token } = await signUp();
    const sql = await connect(graph.databases.auth);
    await sql.query('delete from users where id = $1', [id]);
    await sql.end();
    expect((await post('{ me { id } }', {}, token)).codes).toEqual(['UNAUTHENTICATED']);
  }),
];

/** SECURITY.md 4.6 */
const passwords: SceneRow[] = [
  scene('A1', 'a wrong password and an unknown name', async ({ signIn, signUp }) => {
    const { name } = await signUp();
    const [wrong, unknown] = [await signIn(name, 'wrong password'), await signIn(`nobody-${name}`, 'wrong password')];
    const bare = ({ status, text, headers: { 'x-request-id': _, date: __, ...headers } }: typeof wrong) => ({
      status,
      text,
      headers,
    });
    expect(bare(wrong)).toEqual(bare(unknown));
    expect(wrong.codes).toEqual(['INVALID_CREDENTIALS']);
  }),
  scene('A4', 'a sixth wrong password, from six addresses', async ({ signIn, signUp }) => {
    const { name } = await signUp();
    for (let n = 0; n < 5; n++) expect((await signIn(name, 'wrong')).codes).toEqual(['INVALID_CREDENTIALS']);
    const { status, codes, headers } = await signIn(name, 'wrong');
    expect({ status, codes }).toEqual({ status: 429, codes: ['RATE_LIMITED'] });
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  }),
  scene('A5', '100 accounts from one address', async ({ signIn, someAddress }) => {
    const from = someAddress();
    const answers = [];
    for (let n = 0; n < 100; n++) answers.push((await signIn(`victim${n}`, 'password', from)).status);
    expect(answers.filter((status) => status !== 429)).toHaveLength(20);
  }),
  scene('A6', 'locking somebody out', async ({ signIn, signUp, someAddress }) => {
    const { name } = await signUp();
    const home = someAddress();
    await signIn(name, goodPassword, home);
    await all(20, () => signIn(name, 'wrong'));
    expect((await signIn(name, goodPassword, home)).codes).toEqual([]);
  }),
  scene('A7', 'an address of its own making', async ({ send, signUp }) => {
    const { name } = await signUp();
    const query = `mutation { signIn(input: { name: "${name}", password: "wrong" }) { accessToken } }`;
    const statuses = await all(10, async (n) => {
      const headers = {
        ...json,
        'x-client-address': `192.0.2.${n}`,
        forwarded: `for=192.0.2.${n}`,
        'x-real-ip': `192.0.2.${n}`,
      };
      return (await send({ headers, body: JSON.stringify({ query }) })).codes[0];
    });
    expect(statuses.filter((code) => code !== 'RATE_LIMITED').length).toBeLessThanOrEqual(5);
  }),
  ...[
    ['1 MB', 'x'.repeat(1_000_000), 'PAYLOAD_TOO_LARGE'],
    ['50 KB', 'x'.repeat(50_000), 'BAD_USER_INPUT'],
    ['65 characters', 'correct horse '.repeat(5).slice(0, 65), undefined],
    ['other letters', 'пароль 密码 🔑 contraseña', undefined],
    ['NUL', 'correct horse\0battery', 'BAD_USER_INPUT'],
    ['7 characters', 'abc def', 'BAD_USER_INPUT'],
    ['the most used one', 'password123', 'BAD_USER_INPUT'],
  ].map(([what, password, code]) =>
    scene('A9', `a password of ${what}`, async ({ post, signIn, someAddress }) => {
      const name = `n${randomUUID().slice(0, 12)}`;
      const mutation = 'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }';
      const { codes } = await post(mutation, { input: { name, password } }, undefined, {
        'x-forwarded-for': someAddress(),
      });
      expect(codes).toEqual(code ? [code] : []);
      if (!code) expect((await signIn(name, password!.slice(0, -1))).codes).toEqual(['INVALID_CREDENTIALS']);
    }),
  ),
  scene('A10', '200 sign-ins at once', async ({ signIn, signUp, post }) => {
    const { name } = await signUp();
    const answers = all(200, () => signIn(name));
    const { data } = await post('{ quests { nodes { id } } }');
    expect(data).toBeTruthy();
    const known = await answers;
    for (const { status, codes, headers } of known)
      if (codes[0] === 'UNAVAILABLE') {
        expect(status).toBe(503);
        expect(headers['retry-after']).toBeDefined();
      } else expect(codes[0] ?? 'SUBGRAPH_TIMEOUT').toBe('SUBGRAPH_TIMEOUT'); // where the machine is slower than the gateway's patience
  }),
  scene('A14', '50 sign-ins with one key', async ({ graph, post, signUp, someAddress }) => {
    const { id, name } = await signUp();
    const input = { name, password: goodPassword, idempotencyKey: 'the-same' };
    const mutation = 'mutation ($input: SignInInput!) { signIn(input: $input) { user { id } } }';
    const answers = await all(50, async () => {
      for (;;) {
        const answer = await post(mutation, { input }, undefined, { 'x-forwarded-for': someAddress() });
        if (answer.status !== 503) return answer;
      }
    });
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    const sql = await connect(graph.databases.auth);
    const { rows } = await sql.query<{ count: string }>('select count(*) from sign_in where user_id = $1', [id]);
    await sql.end();
    expect(rows[0]!.count).toBe('2');
  }),
];

/** SECURITY.md 4.1, 4.2 and 4.7: what takes more than one look at an answer. */
const doors: SceneRow[] = [
  ...['https://evil.example', 'null', 'https://app.example.com.evil', 'http://app.example.com'].map((origin) =>
    scene('H22', `a page of ${origin}`, async ({ send }) => {
      for (const method of ['OPTIONS', 'POST']) {
        const { headers } = await send({
          method,
          headers: { ...json, origin, 'access-control-request-method': 'POST' },
          body: '{"query":"{ me { id } }"}',
        });
        expect(Object.keys(headers).filter((name) => name.startsWith('access-control-allow'))).toEqual([]);
      }
    }),
  ),
  scene('H25', 'looking at headers', async ({ post, signUp }) => {
    const { headers } = await post('{ me { id } }', {}, (await signUp()).token);
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
    expect(headers).not.toHaveProperty('x-powered-by');
    expect(headers).not.toHaveProperty('server');
  }),
  scene('Q26', 'a subscription over HTTP', async ({ post, get }) => {
    expect(await post(popups)).toMatchObject({ status: 400, codes: ['SUBSCRIPTIONS_OVER_WS_ONLY'] });
    expect((await get(popups)).status).toBe(405);
  }),
  scene('Q28', 'hashes that are unknown, wrong, and many', async ({ send }) => {
    const persisted = (sha256Hash: string, query?: string) =>
      send({
        headers: json,
        body: JSON.stringify({ query, extensions: { persistedQuery: { version: 1, sha256Hash } } }),
      });
    expect(await persisted('a'.repeat(64))).toMatchObject({ status: 200, codes: ['PERSISTED_QUERY_NOT_FOUND'] });
    expect(await persisted('a'.repeat(64), '{ me { id } }')).toMatchObject({
      status: 400,
      codes: ['PERSISTED_QUERY_HASH_MISMATCH'],
    });
  }),
  scene('Q32', 'asking for a trace', async ({ post }) => {
    const { text } = await post('{ quests { nodes { id } } }', {}, undefined, {
      'apollo-federation-include-trace': 'ftv1',
    });
    expect(JSON.parse(text)).not.toHaveProperty('extensions');
  }),
  scene('S1', 'a subgraph by an address that is not loopback', async ({ graph }) => {
    for (const url of Object.values(graph.rooms())) expect(new URL(url).hostname).toBe('127.0.0.1');
  }),
  ...[
    '{ _service { sdl } }',
    '{ _entities(representations: [{ __typename: "User", id: "1" }]) { __typename } }',
    '{ __typename }',
  ].map((query) =>
    scene('S2', `${query} straight at a subgraph`, async ({ graph, send }) => {
      const body = JSON.stringify({ query });
      for (const url of Object.values(graph.rooms()))
        for (const headers of [
          json,
          { ...json, 'x-gateway-secret': 'wrong' },
          { ...json, 'x-gateway-secret': ['a', 'b'] },
        ])
          expect(await send({ headers, body }, url)).toMatchObject({ status: 401, codes: ['UNAUTHENTICATED'] });
    }),
  ),
  scene('S2', 'a socket straight at a subgraph', async ({ graph }) => {
    const socket = await openSocket(graph.rooms().progress);
    socket.say({ type: 'connection_init', payload: { gatewaySecret: 'wrong' } });
    await closes(socket, 4403);
  }),
  scene('S3', 'the secret without a user', async ({ graph }) => {
    const { errors } = await graph.askRoom('progress', 'mutation { claimAllRewards { id } }');
    expect(errors![0]!.extensions.code).toBe('UNAUTHENTICATED');
  }),
  scene('S5', "another player's purse", async ({ post, signUp }) => {
    const [mine, theirs] = [await signUp(), await signUp()];
    for (const field of ['wallet { gold }', 'events { nodes { id } }', 'timeZone', 'status'])
      expect(
        (await post(`query ($id: ID!) { user(id: $id) { ${field} } }`, { id: theirs.id }, mine.token)).codes,
      ).toEqual(['FORBIDDEN']);
  }),
  scene('S7', 'what operators do, by alias, fragment and socket', async ({ graph, post, signUp }) => {
    const { id, token } = await signUp();
    const documents = [
      'mutation ($id: ID!) { banUser(id: $id) { id } }',
      'mutation ($id: ID!) { me: banUser(id: $id) { id } }',
      'mutation ($id: ID!) { ...F } fragment F on Mutation { banUser(id: $id) { id } }',
    ];
    const socket = await enter(graph.url(), token);
    for (const document of documents) {
      expect((await post(document, { id }, token)).codes).toEqual(['FORBIDDEN']);
      expect((await post(document, { id })).codes).toEqual(['UNAUTHENTICATED']);
      expect(await ask(socket, document, { id })).toEqual(['FORBIDDEN']);
    }
    socket.raw.terminate();
    const { data } = await post(
      '{ auditLog(first: 6) { nodes { actorId outcome } } }',
      {},
      await graph.tokenOf('operator'),
    );
    expect((data as { auditLog: { nodes: unknown[] } }).auditLog.nodes).toEqual(
      Array(6).fill({ actorId: id, outcome: 'REFUSED' }),
    );
  }),
  scene('S12', 'one question of two players', async ({ post, signUp }) => {
    const players = [await signUp(), await signUp()];
    const answers = await all(40, async (n) => {
      const player = players[n % 2]!;
      const { data } = await post('{ me { id name } }', {}, player.token);
      return (data as { me: { id: string } }).me.id === player.id;
    });
    expect(answers).toEqual(Array(40).fill(true));
  }),
  scene('S18', '50 claims of one completion', async ({ graph, post, signIn, signUp }) => {
    const { name, token } = await signUp();
    await signIn(name);
    await signIn(name);
    const standing = '{ me { wallet { diamonds } completions { nodes { id status } } } }';
    interface Standing {
      me: { wallet: { diamonds: number }; completions: { nodes: { id: string; status: string }[] } };
    }
    const read = async () => (await post(standing, {}, token)).data as Standing;
    const claimable = async () => (await read()).me.completions.nodes.find(({ status }) => status === 'CLAIMABLE');
    const completionId = (await until(claimable, 'a completion')).id;
    const before = (await read()).me.wallet.diamonds;
    const claim = 'mutation ($completionId: ID!) { claimReward(completionId: $completionId) { status } }';
    const answers = await all(50, () => post(claim, { completionId }, token));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect((await read()).me.wallet.diamonds - before).toBe(10);
    expect(graph).toBeDefined();
  }),
];

export const sceneRows = [...sockets, ...sessions, ...passwords, ...doors];
