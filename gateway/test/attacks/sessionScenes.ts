import { connect } from '../../../local/sql.ts';
import { until } from '../../../shared/testing/harness.ts';
import { type SceneRow, all, closes, popups, scene } from './scene.ts';
import { enter } from './socket.ts';
import { type Stage, goodPassword } from './stage.ts';

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
export const sessionScenes: SceneRow[] = [
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
