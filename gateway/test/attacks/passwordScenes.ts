import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http2';
import { connect } from '../../../local/sql.ts';
import { until } from '../../../shared/testing/harness.ts';
import { callRaw, frame, textField } from './grpcCalls.ts';
import { type SceneRow, all, scene } from './scene.ts';
import { json } from '../request.ts';
import { type Got, type Stage, goodPassword } from './stage.ts';

const basicOf = (name: string, password: string) => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

/** A wrong password, as each door takes it. */
type Way = (
  stage: Stage,
  name: string,
  from: string,
) => Promise<{ status?: number; code?: string; outcome?: string; headers: IncomingHttpHeaders }>;
const problemIn = ({ status, text, headers }: Got) => ({
  ...{ status, code: (JSON.parse(text) as { code: string }).code, headers },
});
const basic: Way = async ({ send }, name, from) =>
  problemIn(
    await send({
      method: 'GET',
      path: '/api/v1/me',
      headers: { authorization: basicOf(name, 'wrong password'), 'x-forwarded-for': from },
    }),
  );
const form: Way = async ({ send }, name, from) =>
  problemIn(
    await send({
      path: '/login/access-token',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-forwarded-for': from },
      body: new URLSearchParams({ username: name, password: 'wrong password' }).toString(),
    }),
  );
const grpc: Way = async ({ graph }, name, from) => {
  const body = frame(Buffer.concat([textField(1, name), textField(2, 'wrong password')]));
  const { outcome, headers } = await callRaw(graph.grpcPort(), 'SignIn', {
    body,
    headers: { 'x-forwarded-for': from },
  });
  return { outcome, headers };
};
const [badRest, manyRest] = [
  { status: 401, code: 'INVALID_CREDENTIALS' },
  { status: 429, code: 'RATE_LIMITED' },
];
const refused: Record<string, object> = {
  ...{ basic: badRest, form: badRest },
  grpc: { outcome: 'UNAUTHENTICATED INVALID_CREDENTIALS' },
};
const limited: Record<string, object> = {
  ...{ basic: manyRest, form: manyRest },
  grpc: { outcome: 'RESOURCE_EXHAUSTED RATE_LIMITED' },
};

/** SECURITY.md 4.6 */
export const passwordScenes: SceneRow[] = [
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
  scene('A4', 'a sixth wrong password, each by another door', async (stage) => {
    const { name } = await stage.signUp();
    const wrong = [basic, form, grpc, basic, grpc];
    for (const way of wrong) expect(await way(stage, name, stage.someAddress())).toMatchObject(refused[way.name]!);
    for (const way of [basic, form, grpc]) {
      const { headers, ...told } = await way(stage, name, stage.someAddress());
      expect(told).toEqual(limited[way.name]);
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    }
    expect((await stage.signIn(name, 'wrong')).codes).toEqual(['RATE_LIMITED']);
  }),
  scene('A5', '30 accounts from one address, by another door each', async (stage) => {
    const from = stage.someAddress();
    let counted = 0;
    for (let n = 0; n < 30; n++) {
      const way = [basic, form, grpc][n % 3]!;
      const { headers, ...told } = await way(stage, `nobody${n}`, from);
      if (n < 20) expect(told).toEqual(refused[way.name]);
      else expect(told).toEqual(limited[way.name]);
      counted += headers['retry-after'] ? 0 : 1;
    }
    expect(counted).toBe(20);
  }),
  scene('A4', 'a password where gRPC takes tokens alone', async ({ graph, signUp }) => {
    const { name } = await signUp();
    const authorization = basicOf(name, goodPassword);
    const { outcome } = await callRaw(graph.grpcPort(), 'GetMe', { headers: { authorization } });
    expect(outcome).toBe('UNAUTHENTICATED UNAUTHENTICATED');
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
    const { name, token } = await signUp();
    const answers = all(200, () => signIn(name));
    const { data } = await post('{ quests { nodes { id } } }', {}, token);
    expect(data).toBeTruthy();
    const known = await answers;
    for (const { status, codes, headers } of known)
      if (codes[0] === 'UNAVAILABLE') {
        expect(status).toBe(503);
        expect(headers['retry-after']).toBeDefined();
      } else expect(codes[0] ?? 'SUBGRAPH_TIMEOUT').toBe('SUBGRAPH_TIMEOUT'); // where the machine is slower than the gateway's patience
  }),
  scene('A13', '90 sign-ins in a day for quests of days', async ({ post, someAddress }) => {
    const input = { deviceId: `farmer ${randomUUID()}` };
    const mutation = 'mutation ($input: GuestSignInInput!) { signInAsGuest(input: $input) { accessToken } }';
    const signIns = await all(90, () => post(mutation, { input }, undefined, { 'x-forwarded-for': someAddress() }));
    const { accessToken } = (signIns[0]!.data as { signInAsGuest: { accessToken: string } }).signInAsGuest;
    const query = '{ me { quests { completions quest { name } } events(first: 100) { nodes { type } } } }';
    const me = await until(async () => {
      const { data } = await post(query, {}, accessToken);
      const { me } = data as {
        me: { quests: Farmed[]; events: { nodes: { type: string }[] } };
      };
      return me.events.nodes.filter(({ type }) => type.endsWith('UserSignIn')).length === 90 && me;
    }, 'every sign-in to be counted');
    const completed = Object.fromEntries(me.quests.map(({ quest, completions }) => [quest.name, completions]));
    expect(completed).toMatchObject({ 'three-days-in-a-row': 0, 'sign-in-three-times': 2 });
  }),
  scene('A14', '50 sign-ins with one key', async ({ graph, post, signUp, someAddress }) => {
    const { id, name } = await signUp();
    const input = { name, password: goodPassword, idempotencyKey: 'the-same' };
    const mutation = 'mutation ($input: SignInInput!) { signIn(input: $input) { user { id } } }';
    const answers = await all(50, async () => {
      for (;;) {
        const answer = await post(mutation, { input }, undefined, { 'x-forwarded-for': someAddress() });
        // What the key is for: a client that got no answer in time asks again.
        if (answer.status !== 503 && answer.codes[0] !== 'SUBGRAPH_TIMEOUT') return answer;
      }
    });
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    const sql = await connect(graph.databases.auth);
    const { rows } = await sql.query<{ count: string }>('select count(*) from sign_in where user_id = $1', [id]);
    await sql.end();
    expect(rows[0]!.count).toBe('2');
  }),
];

interface Farmed {
  completions: number;
  quest: { name: string };
}
