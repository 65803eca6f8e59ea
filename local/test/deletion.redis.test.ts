import { randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { openRedisCarrier } from '../../shared/delivery/carrierRedis.ts';
import { until } from '../../shared/testing/harness.ts';
import { startRedis } from '../../shared/testing/redis.ts';
import { invariants } from '../../subgraphs/progress/operations/invariants.ts';
import { tablesOfPlayers } from '../../subgraphs/progress/players/erasureStore.ts';
import { type Connection, connect } from '../sql.ts';
import { dumpDatabase, dumpRedis } from './dump.ts';
import { type Graph, startGraph } from './graph.ts';

const password = 'correct horse battery';
/** What nobody may find any more, each as it stands somewhere beforehand. */
const names = ['ada-lovelace', 'Augusta Ada', 'ada@example.org', 'Ada sells accounts', 'for Ada', 'ada-birthday'];

describe('a player who is deleted', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let graph: Graph;
  let progress: Connection;
  let auth: Connection;
  let logged = '';
  let [operator, service] = ['', ''];
  let ada: { id: string; token: string };
  beforeAll(async () => {
    redis = await startRedis();
    const lines = new Writable({ write: (line: Buffer, _, done) => ((logged += line.toString()), done()) });
    const log = pino({ level: 'debug' }, lines);
    graph = await startGraph(() => openRedisCarrier(redis.url, log), redis.url, {}, undefined, log);
    progress = await connect(graph.databases.progress);
    auth = await connect(graph.databases.auth);
    [operator, service] = [await graph.tokenOf('operator'), await graph.tokenOf('service')];
    ada = await signUp('ada-lovelace');
    await graph.ask('mutation { changeDisplayName(displayName: "Augusta Ada") { id } }', {}, ada.token);
    for (const _ of [2, 3]) await graph.tokenOf('ada-lovelace', password);
    await until(() => earned(ada.id), 'a completion');
    await record(ada.id, { email: 'ada@example.org' });
    for (const action of ['banUser', 'unbanUser'])
      await ask(
        `mutation ($id: ID!) { ${action}(id: $id, reason: "Ada sells accounts") { id } }`,
        { id: ada.id },
        operator,
      );
    await ask(
      `mutation ($id: ID!) { grantReward(userId: $id, rewards: [{ item: "GOLD", quantity: 7 }], reason: "for Ada",
         idempotencyKey: "ada-birthday") { id } }`,
      { id: ada.id },
      operator,
    );
    ada.token = await graph.tokenOf('ada-lovelace', password);
    await until(
      async () => (await count(auth, `audit where reason = 'for Ada'`)) === 1,
      'the audit entry of the grant',
    );
    await setAside(ada.id, 'ada@example.org');
  });
  afterAll(async () => {
    await progress.end();
    await auth.end();
    await graph.stop();
    await redis.stop();
  });

  const ask = async (query: string, variables: object, token?: string) => {
    const { data, errors } = await graph.ask(query, variables, token);
    if (errors) throw new Error(`${errors[0]!.extensions.code}: ${errors[0]!.message}`);
    return data;
  };
  const signUp = async (name: string) => {
    const { signUp: session } = await ask(
      'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken user { id } } }',
      { input: { name, password } },
    );
    return { id: session.user.id as string, token: session.accessToken as string };
  };
  const asGuest = async (deviceId: string) => {
    const { signInAsGuest: session } = await ask(
      'mutation ($input: GuestSignInInput!) { signInAsGuest(input: $input) { accessToken user { id name } } }',
      { input: { deviceId } },
    );
    return session as { accessToken: string; user: { id: string; name: string } };
  };
  const record = (userId: string, data: object) =>
    ask(
      'mutation ($events: [EventInput!]!) { recordEvents(events: $events) { id } }',
      { events: [{ id: randomUUID(), userId, type: 'LevelFinished', occurredAt: new Date(), data }] },
      service,
    );
  const count = async (database: Connection, of: string, values: unknown[] = []) =>
    (await database.query<{ n: number }>(`select count(*)::int as n from ${of}`, values)).rows[0]!.n;
  const earned = async (id: string) => (await count(progress, 'completion where user_id = $1', [id])) > 0;
  /** An event of this user that nobody could apply. */
  const setAside = (userId: string, email: string) =>
    progress.query(
      `insert into dead_letter (source, event_id, sealed, error, attempts) values ('auth', 'x', $1, 'no', 5)`,
      [`signature.${JSON.stringify({ userId, data: { email } })}`],
    );
  const erased = (id: string) =>
    until(
      async () => (await count(progress, 'player where user_id = $1 and erased_at is not null', [id])) > 0,
      'progress to know',
    );
  const everything = async () =>
    [...(await Promise.all(Object.values(graph.databases).map(dumpDatabase))), await dumpRedis(redis.url)].join('\n');
  const contradicted = async () => {
    const found: string[] = [];
    for (const { name, statement } of invariants)
      if ((await progress.query(statement)).rows.length > 0) found.push(name);
    return found;
  };

  test('leaves no name, mail or word about them anywhere, and what was earned under a pseudonym with sums of zero', async () => {
    const before = await everything();
    for (const name of names) expect(before).toContain(name);
    const [paid, completions] = [await count(progress, 'ledger_entry'), await count(progress, 'completion')];

    await expect(ask('mutation { deleteAccount(password: "wrong horse battery") }', {}, ada.token)).rejects.toThrow(
      'INVALID_CREDENTIALS',
    );
    await expect(ask('mutation { deleteAccount }', {}, ada.token)).rejects.toThrow('INVALID_CREDENTIALS');
    expect(await ask('mutation ($p: String) { deleteAccount(password: $p) }', { p: password }, ada.token)).toEqual({
      deleteAccount: true,
    });
    await erased(ada.id);

    const after = await everything();
    for (const name of names) expect(after.split('\n').filter((line) => line.includes(name))).toEqual([]);
    for (const name of names) expect(logged).not.toContain(name);
    for (const table of [
      'event',
      'inbox',
      'measure_value',
      'active_span',
      'enrolment',
      'completion',
      'popup',
      'ledger_entry',
      'balance',
    ])
      expect([table, await count(progress, `${table} where user_id = $1`, [ada.id])]).toEqual([table, 0]);
    expect([await count(progress, 'ledger_entry'), await count(progress, 'completion')]).toEqual([paid, completions]);
    expect(await contradicted()).toEqual([]);
  });

  test('is thought of in every table that has rows of players', async () => {
    const { rows } = await progress.query<{ name: string }>(
      `select relname as name from pg_class join pg_attribute on attrelid = pg_class.oid
       where attname = 'user_id' and relkind in ('r', 'p') and not relispartition and relnamespace = 'public'::regnamespace`,
    );
    const known = ['player', ...Object.values(tablesOfPlayers).flat()];
    expect(rows.map(({ name }) => name).sort()).toEqual(known.sort());
    const lines = (await dumpDatabase(graph.databases.progress)).split('\n').filter((line) => line.includes(ada.id));
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['public.player']);
  });

  test('is signed in no more, and nothing more of the id is taken, by whichever door it comes', async () => {
    await until(
      async () => (await graph.ask('{ me { id } }', {}, ada.token)).errors?.[0]?.extensions.code === 'UNAUTHENTICATED',
      'the gateway to have heard of it',
    );
    await expect(graph.tokenOf('ada-lovelace', password)).rejects.toThrow('The name or the password is wrong');
    await expect(record(ada.id, {})).rejects.toThrow('NOT_FOUND: events[0]: the user was deleted.');
    const late = { id: randomUUID(), source: 'auth', type: 'UserSignIn', version: 1, userId: ada.id };
    await auth.query(`insert into outbox (envelope, awaiting) values ($1, '{progress}')`, [
      JSON.stringify({ ...late, occurredAt: new Date(), data: { timeZone: 'Europe/Berlin' } }),
    ]);
    await until(async () => (await count(auth, 'outbox')) === 0, 'the late event to be confirmed');
    for (const table of ['event', 'inbox'])
      expect(await count(progress, `${table} where user_id = $1`, [ada.id])).toBe(0);
    expect(await count(progress, 'dead_letter')).toBe(0);
    expect(await count(progress, `player where user_id = $1 and time_zone = 'UTC'`, [ada.id])).toBe(1);
    expect(await contradicted()).toEqual([]);
  });

  test('is on the audit log by id alone, and the name is free for another', async () => {
    const { auditLog } = await ask(
      '{ auditLog(first: 100) { nodes { action targetId targetName reason outcome } } }',
      {},
      operator,
    );
    const entries = (auditLog.nodes as { action: string; targetId: string }[]).filter(
      ({ targetId }) => targetId === ada.id,
    );
    expect(entries.map(({ action }) => action)).toEqual(['DELETE_ACCOUNT', 'GRANT_REWARD', 'UNBAN_USER', 'BAN_USER']);
    for (const entry of entries) expect(entry).toMatchObject({ targetName: null, reason: null, outcome: 'DONE' });
    expect((await signUp('ada-lovelace')).id).not.toBe(ada.id);
  });

  test('as a guest is deleted without a password, or by an operator, and the device begins anew', async () => {
    for (const byOperator of [false, true]) {
      const deviceId = `device ${randomUUID()}`;
      const { accessToken, user } = await asGuest(deviceId);
      const device = (await auth.query<{ h: string }>('select device_hash as h from users where id = $1', [user.id]))
        .rows[0]!.h;
      await (byOperator
        ? ask('mutation ($id: ID!) { deleteUser(id: $id) }', { id: user.id }, operator)
        : ask('mutation { deleteAccount }', {}, accessToken));
      await erased(user.id);
      const after = await everything();
      for (const trace of [user.name, device, deviceId]) expect(after).not.toContain(trace);
      expect((await asGuest(deviceId)).user.id).not.toBe(user.id);
      await expect(ask('mutation ($id: ID!) { deleteUser(id: $id) }', { id: user.id }, operator)).rejects.toThrow(
        'NOT_FOUND',
      );
    }
    expect(await contradicted()).toEqual([]);
  });

  test('is never the last operator', async () => {
    const { me } = await ask('{ me { id } }', {}, operator);
    await expect(ask('mutation { deleteAccount(password: "password") }', {}, operator)).rejects.toThrow('CONFLICT');
    await expect(ask('mutation ($id: ID!) { deleteUser(id: $id) }', { id: me.id }, operator)).rejects.toThrow(
      'CONFLICT',
    );
  });

  test('has got everything beforehand, part by part, and the request is on record', async () => {
    const ben = await signUp('ben-the-collector');
    for (const _ of [2, 3]) await graph.tokenOf('ben-the-collector', password);
    await until(() => earned(ben.id), 'a completion');
    await record(ben.id, { level: 7 });
    const part = async (field: string, first: number, after: string | null) =>
      (
        await ask(
          `mutation ($id: ID!, $first: Int, $after: String) {
             exportUser(id: $id) { ${field}(first: $first, after: $after) { nodes pageInfo { hasNextPage endCursor } } } }`,
          { id: ben.id, first, after },
          ben.token,
        )
      ).exportUser[field] as { nodes: { kind: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
    for (const field of ['exportedAccount', 'exportedProgress']) {
      const all = await part(field, 1000, null);
      expect(all.pageInfo.hasNextPage).toBe(false);
      const parts: { kind: string }[] = [];
      for (let after: string | null = null, more = true; more;) {
        const { nodes, pageInfo } = await part(field, 2, after);
        parts.push(...nodes);
        [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
      }
      const lasting = (nodes: { kind: string }[]) => nodes.filter(({ kind }) => kind !== 'AUDIT_ENTRY');
      expect(lasting(parts)).toEqual(lasting(all.nodes));
      expect([...new Set(all.nodes.map(({ kind }) => kind))]).toEqual(
        field === 'exportedAccount'
          ? ['ACCOUNT', 'ADDRESS', 'SESSION', 'SIGN_IN', 'AUDIT_ENTRY']
          : ['PLAYER', 'PROGRESS', 'VALUE', 'COMPLETION', 'EVENT'],
      );
      await expect(part(field, 1001, null)).rejects.toThrow('BAD_USER_INPUT');
      await expect(part(field, 2, Buffer.from(`account-${ben.id}:5 x'`).toString('base64url'))).rejects.toThrow(
        'BAD_USER_INPUT',
      );
    }
    const { data, errors } = await graph.ask(
      'mutation ($id: ID!) { exportUser(id: $id) { id } }',
      { id: ada.id },
      ben.token,
    );
    expect([data, errors?.[0]?.extensions.code]).toEqual([null, 'FORBIDDEN']);
    expect(await count(auth, `audit where action = 'EXPORT_USER' and target_id = $1`, [ben.id])).toBeGreaterThan(2);
  });
});
