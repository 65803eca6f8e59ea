import { until } from '../../../shared/testing/harness.ts';
import { type SceneRow, all, closes, popups, scene } from './scene.ts';
import { ask, enter, openSocket } from './socket.ts';
import { json } from '../request.ts';

/** What only operators may, tried by somebody for themselves; `$id` is who tries. */
const operatorsOnly: [action: string, call: string][] = [
  ['BAN_USER', 'banUser(id: $id) { id }'],
  ['ARCHIVE_QUEST', 'archiveQuest(id: $id) { id }'],
  ['RESTORE_QUEST', 'restoreQuest(id: $id) { id }'],
  [
    'GRANT_REWARD',
    'grantReward(userId: $id, rewards: [{ item: "GOLD", quantity: 1 }], reason: "mine", idempotencyKey: "mine") { id }',
  ],
  ['REPLAY_DEAD_LETTER', 'replayDeadLetter(id: $id)'],
  ['REPLAY_AUTH_DEAD_LETTER', 'replayAuthDeadLetter(id: $id)'],
];

/** SECURITY.md 4.1, 4.2 and 4.7: what takes more than one look at an answer. */
export const doorScenes: SceneRow[] = [
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
  scene('Q32', 'asking for a trace', async ({ post, signUp }) => {
    const { text } = await post('{ quests { nodes { id } } }', {}, (await signUp()).token, {
      'apollo-federation-include-trace': 'ftv1',
    });
    expect(Object.keys(JSON.parse(text) as object)).toEqual(['data']);
  }),
  scene('S1', 'a subgraph by an address that is not loopback', async ({ graph }) => {
    for (const url of Object.values(graph.subgraphs())) expect(new URL(url).hostname).toBe('127.0.0.1');
  }),
  ...[
    '{ _service { sdl } }',
    '{ _entities(representations: [{ __typename: "User", id: "1" }]) { __typename } }',
    '{ __typename }',
  ].map((query) =>
    scene('S2', `${query} straight at a subgraph`, async ({ graph, send }) => {
      const body = JSON.stringify({ query });
      for (const url of Object.values(graph.subgraphs()))
        for (const headers of [
          json,
          { ...json, 'x-gateway-secret': 'wrong' },
          { ...json, 'x-gateway-secret': ['a', 'b'] },
        ])
          expect(await send({ headers, body }, url)).toMatchObject({ status: 401, codes: ['UNAUTHENTICATED'] });
    }),
  ),
  scene('S2', 'a socket straight at a subgraph', async ({ graph }) => {
    const socket = await openSocket(graph.subgraphs().progress);
    socket.say({ type: 'connection_init', payload: { gatewaySecret: 'wrong' } });
    await closes(socket, 4403);
  }),
  scene('S3', 'the secret without a user', async ({ graph }) => {
    const { errors } = await graph.askSubgraph('progress', 'mutation { claimAllRewards { id } }');
    expect(errors![0]!.extensions.code).toBe('UNAUTHENTICATED');
  }),
  scene('S5', "another player's purse", async ({ post, signUp }) => {
    const [mine, theirs] = [await signUp(), await signUp()];
    for (const field of ['wallet { gold }', 'events { nodes { id } }', 'timeZone', 'status'])
      expect(
        (await post(`query ($id: ID!) { user(id: $id) { ${field} } }`, { id: theirs.id }, mine.token)).codes,
      ).toEqual(['FORBIDDEN']);
  }),
  ...operatorsOnly.map(([action, call]) =>
    scene('S7', `${action} by alias, fragment and socket`, async ({ graph, post, signUp }) => {
      const { id, token } = await signUp();
      const documents = [
        `mutation ($id: ID!) { ${call} }`,
        `mutation ($id: ID!) { me: ${call} }`,
        `mutation ($id: ID!) { ...F } fragment F on Mutation { ${call} }`,
      ];
      const socket = await enter(graph.url(), token);
      for (const document of documents) {
        expect((await post(document, { id }, token)).codes).toEqual(['FORBIDDEN']);
        expect((await post(document, { id })).codes).toEqual(['UNAUTHENTICATED']);
        expect(await ask(socket, document, { id })).toEqual(['FORBIDDEN']);
      }
      socket.raw.terminate();
      const wallet = await post('{ me { status wallet { gold } } }', {}, token);
      expect(wallet.data).toEqual({ me: { status: 'ACTIVE', wallet: { gold: 0 } } });
      const operator = await graph.tokenOf('operator');
      const query = 'query ($id: ID!) { auditLog(actorId: $id) { nodes { actorId action outcome } } }';
      const onRecord = async () =>
        ((await post(query, { id }, operator)).data as { auditLog: { nodes: unknown[] } }).auditLog.nodes;
      await until(async () => (await onRecord()).length === 6, 'all six tries are on record');
      expect(await onRecord()).toEqual(Array(6).fill({ actorId: id, action, outcome: 'REFUSED' }));
    }),
  ),
  scene('I15', 'a key of 10 KB, the key of another, and one key for two grants', async ({ graph, post, signUp }) => {
    const enterWith = (idempotencyKey: string, deviceId: string) =>
      post('mutation ($input: GuestSignInInput!) { signInAsGuest(input: $input) { user { id } } }', {
        input: { deviceId, idempotencyKey },
      });
    expect((await enterWith('k'.repeat(10_000), 'a device of an attacker')).codes).toEqual(['BAD_USER_INPUT']);
    const [one, other] = [
      await enterWith('same', 'a device of somebody'),
      await enterWith('same', 'a device of another'),
    ];
    expect([one.codes, other.codes]).toEqual([[], []]);
    expect(one.text).not.toBe(other.text);

    const [operator, { id }] = [await graph.tokenOf('operator'), await signUp()];
    const grant = `mutation ($id: ID!, $quantity: Long!, $key: String!) { grantReward(userId: $id, reason: "why",
      idempotencyKey: $key, rewards: [{ item: "GOLD", quantity: $quantity }]) { user { wallet { gold } } } }`;
    const give = (quantity: number, key: string) => post(grant, { id, quantity, key }, operator);
    const given = await until(async () => {
      const answer = await give(5, id);
      return answer.codes.length === 0 && answer;
    }, 'progress to know the player');
    expect((await give(5, id)).data).toEqual(given.data);
    expect((await give(6, id)).codes).toEqual(['CONFLICT']);
    expect((await give(6, 'k'.repeat(10_000))).codes).toEqual(['BAD_USER_INPUT']);
    expect((await give(5, id)).data).toEqual(given.data);
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
