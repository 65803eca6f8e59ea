import { randomUUID } from 'node:crypto';
import { type Live, openLive } from '../../client/live.ts';
import { openTokens } from '../../subgraphs/auth/sessions/tokens.ts';
import { until } from '../../shared/testing/harness.ts';
import { type Redis, startRedis } from '../../shared/testing/redis.ts';
import { type Connection, connect } from '../sql.ts';
import { type Part, openProcesses } from './processes.ts';

/** Two gateways, each with a replica of progress of its own, on one Redis and one database. */
let redis: Redis;
let processes: Awaited<ReturnType<typeof openProcesses>>;
let [progress, gateways]: [Part[], Part[]] = [[], []];
let catalog: Part;
let database: Connection;
const lives: Live[] = [];
let tokenOf: (userId: string, roles: ('PLAYER' | 'OPERATOR' | 'SERVICE')[], seconds?: number) => string;

beforeAll(async () => {
  redis = await startRedis();
  processes = await openProcesses((user) => redis.urlOf(user));
  const auth = await processes.subgraph('auth');
  [catalog, ...progress] = (await Promise.all([
    processes.subgraph('catalog'),
    processes.subgraph('progress'),
    processes.subgraph('progress'),
  ])) as [Part, Part, Part];
  gateways = await Promise.all(progress.map((replica) => processes.gateway({ auth, catalog, progress: replica })));
  database = await connect(await processes.databaseOf('progress'));
  const { signAccess } = openTokens(processes.secrets.signingKey);
  tokenOf = (userId, roles, seconds = 600) => {
    const issuedAt = new Date();
    const expiresAt = new Date(issuedAt.getTime() + seconds * 1000);
    return signAccess({ userId, sessionId: randomUUID(), roles, issuedAt, expiresAt });
  };
  await ask(gateways[0]!, createQuest, { input: questInput }, tokenOf(randomUUID(), ['OPERATOR']));
  await until(async () => (await database.query('select from quest')).rows.length === 1, 'progress knows the quest');
});
afterAll(async () => {
  for (const live of lives) live.stop();
  await database.end();
  await processes.stop();
  await redis.stop();
});

const createQuest = 'mutation ($input: QuestInput!) { createQuest(input: $input) { id } }';
const questInput = {
  name: 'every-match',
  title: 'Every match',
  trigger: 'MatchWon',
  streak: 1,
  duplication: 1000,
  rewards: [{ item: 'GOLD', quantity: 1 }],
};

async function ask(gateway: Part, query: string, variables: object, token: string): Promise<Record<string, never>> {
  const response = await fetch(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data: Record<string, never>; errors?: unknown };
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

/** Has progress know these players as if they had signed in. */
const known = (userIds: string[]) =>
  database.query('insert into player (user_id) select unnest($1::uuid[]) on conflict do nothing', [userIds]);

/** Each of these players wins a match, which completes the quest; said again until a gateway has taken it. */
async function win(userIds: string[]): Promise<void> {
  await known(userIds);
  const occurredAt = new Date().toISOString();
  const events = userIds.map((userId) => ({ id: randomUUID(), userId, type: 'MatchWon', occurredAt }));
  const record = 'mutation ($events: [EventInput!]!) { recordEvents(events: $events) { id } }';
  let turn = 0;
  const service = tokenOf(randomUUID(), ['SERVICE']);
  await until(() => ask(gateways[turn++ % 2]!, record, { events }, service), 'the matches are recorded');
}

interface Popup {
  cursor: string;
  completion: { id: string };
  quest: { title: string };
  user: { id: string };
}

/** A player's game: the copyable client, with tokens that end after a few seconds. */
function play(userId: string, gateway: Part) {
  const shown: Popup[] = [];
  const query = `subscription ($after: String) { questCompleted(after: $after) {
    cursor completion { id } quest { title } user { id wallet { gold } } } }`;
  lives.push(
    openLive<Popup>({
      url: gateway.url.replace('http', 'ws'),
      query,
      begin: async () => Buffer.from(`popups-${userId}:0`).toString('base64url'),
      accessToken: () => Promise.resolve(tokenOf(userId, ['PLAYER'], 4)),
      show: (popup) => shown.push(popup),
      light: () => {},
    }),
  );
  return { userId, shown };
}

test('whatever is killed, restarted or sent away meanwhile, each player sees every own popup once, and nobody another one', async () => {
  const players = Array.from({ length: 24 }, (_, n) => play(randomUUID(), gateways[n % 2]!));
  const userIds = players.map(({ userId }) => userId);
  const disturbances: (() => Promise<void>)[] = [
    () => Promise.resolve(),
    () => progress[0]!.end('SIGKILL').then(() => progress[0]!.start()),
    () => progress[1]!.end('SIGTERM').then(() => progress[1]!.start()),
    // What a quest is called only catalog knows: a popup waits for it.
    () => catalog.end('SIGKILL').then(() => catalog.start()),
    () => gateways[0]!.end('SIGKILL').then(() => gateways[0]!.start()),
    () => gateways[1]!.end('SIGTERM').then(() => gateways[1]!.start()),
    () => redis.kill().then(async () => void (redis = await startRedis(Number(new URL(redis.url).port)))),
  ];
  for (const disturb of disturbances) {
    const disturbing = disturb();
    for (let round = 0; round < 3; round++) await win(userIds);
    await disturbing;
  }
  const count = disturbances.length * 3;
  const { rows } = await database.query<{ user_id: string; ids: string[] }>(
    'select user_id, array_agg(completion_id::text order by seq) as ids from popup group by user_id',
  );
  const written = new Map(rows.map(({ user_id, ids }) => [user_id, ids]));
  expect(userIds.map((userId) => written.get(userId)!.length)).toEqual(userIds.map(() => count));
  await until(() => players.every(({ shown }) => shown.length >= count), 'everybody has seen everything');
  for (const { userId, shown } of players) {
    expect(shown.map(({ completion }) => completion.id)).toEqual(written.get(userId));
    expect(new Set(shown.map(({ user, quest }) => `${user.id} ${quest.title}`))).toEqual(
      new Set([`${userId} Every match`]),
    );
  }
});

test('what one replica completes pops up at once for who listens at the other', async () => {
  const player = play(randomUUID(), gateways[1]!);
  await known([player.userId]);
  const events = [{ id: randomUUID(), userId: player.userId, type: 'MatchWon', occurredAt: new Date().toISOString() }];
  const record = 'mutation ($events: [EventInput!]!) { recordEvents(events: $events) { id } }';
  await ask(gateways[0]!, record, { events }, tokenOf(randomUUID(), ['SERVICE']));
  await until(() => player.shown.length === 1, 'it pops up');
});

test('what was not seen is listed and counted until it is marked, by ids or up to a cursor', async () => {
  const userId = randomUUID();
  const token = tokenOf(userId, ['PLAYER']);
  for (let n = 0; n < 4; n++) await win([userId]);
  const list = 'unseen(first: 2) { totalCount nodes { id number } pageInfo { hasNextPage endCursor } }';
  const mark = `mutation ($ids: [ID!], $upTo: String) { markSeen(completionIds: $ids, upTo: $upTo) { ${list} } }`;
  type Unseen = { totalCount: number; nodes: { id: string; number: number }[] };
  const marked = async (variables: object, as = token) =>
    ((await ask(gateways[0]!, mark, variables, as)) as unknown as { markSeen: { unseen: Unseen } }).markSeen.unseen;
  const numbers = ({ nodes }: Unseen) => nodes.map(({ number }) => number);
  const all = await marked({});
  expect([all.totalCount, numbers(all)]).toEqual([4, [4, 3]]);
  // Ids of others are passed over.
  const stranger = tokenOf(randomUUID(), ['PLAYER']);
  expect((await marked({ ids: [all.nodes[0]!.id] }, stranger)).totalCount).toBe(0);
  const fewer = await marked({ ids: [all.nodes[0]!.id, 'nonsense'] });
  expect([fewer.totalCount, numbers(fewer)]).toEqual([3, [3, 2]]);
  const upTo = (place: number, of = userId) => Buffer.from(`popups-${of}:${place}`).toString('base64url');
  const last = await marked({ upTo: upTo(2) });
  expect([last.totalCount, numbers(last)]).toEqual([1, [3]]);
  await expect(marked({ upTo: upTo(2, randomUUID()) })).rejects.toThrow('BAD_USER_INPUT');
  await expect(marked({ ids: Array(101).fill(all.nodes[0]!.id) })).rejects.toThrow('BAD_USER_INPUT');
});
