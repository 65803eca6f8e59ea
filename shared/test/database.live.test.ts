import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, isAway, openDatabase, rows } from '../database/database.ts';
import { openLog } from '../process/log.ts';
import { OutboxRow } from '../delivery/outbox.ts';
import { testDatabase, until } from '../testing/harness.ts';

const log = openLog('test', 'silent');
const settings = { subgraph: 'shared', entities: [OutboxRow], migrations: [], log, connections: 2 };

describe('a transaction', () => {
  let url: string;
  let drop: () => Promise<void>;
  let database: Database;
  beforeAll(async () => {
    ({ url, drop } = await testDatabase('shared', async (template) =>
      (await openDatabase({ ...settings, url: template })).close(),
    ));
    database = await openDatabase({ ...settings, url });
    await database.transaction((transaction) =>
      rows(transaction, 'create table mark (n int primary key, m int unique deferrable initially deferred)'),
    );
  });
  afterAll(async () => {
    await database.close();
    await drop();
  });
  const marks = async () =>
    (await rows<{ n: number }>(database.fork(), 'select n from mark order by n')).map(({ n }) => n);
  const mark = (n: number, m = n) => database.transaction((tx) => rows(tx, 'insert into mark values ($1, $2)', [n, m]));

  test('that succeeds stays, and one that throws leaves nothing and tells why', async () => {
    await mark(1);
    await expect(
      database.transaction(async (transaction) => {
        await rows(transaction, 'insert into mark values (2, 2)');
        throw new Error('on second thoughts');
      }),
    ).rejects.toThrow('on second thoughts');
    expect(await marks()).toEqual([1]);
  });

  test('whose connection dies gives it back, however often that happens', async () => {
    const die = (transaction: Parameters<Parameters<Database['transaction']>[0]>[0]) =>
      rows(transaction, 'select pg_terminate_backend(pg_backend_pid())');
    for (let n = 0; n < 5; n++) await expect(database.transaction(die)).rejects.toThrow(/terminat/);
    await until(() => mark(3).then(() => true), 'a transaction on a connection that lives');
    expect(await marks()).toEqual([1, 3]);
  });

  test('whose commit is refused gives its connection back', async () => {
    for (let n = 10; n < 15; n++) await expect(mark(n, 1)).rejects.toThrow(/mark_m_key/);
    await mark(4);
    expect(await marks()).toEqual([1, 3, 4]);
  });

  test('that pauses too long is ended by the database, and tried again', async () => {
    let tries = 0;
    await database.transaction(async (transaction) => {
      await rows(transaction, 'insert into mark values (20, 20)');
      if (tries++ > 0) return;
      await rows(transaction, `set local idle_in_transaction_session_timeout = '50ms'`);
      await sleep(500);
    });
    expect(tries).toBe(2);
    expect(await marks()).toContain(20);
  });

  test('that meets a deadlock is tried again', async () => {
    await rows(database.fork(), 'create table pair (id int primary key, n int)');
    await rows(database.fork(), 'insert into pair values (1, 0), (2, 0)');
    let both = 0;
    const add = (first: number, second: number) =>
      database.transaction(async (transaction) => {
        await rows(transaction, 'update pair set n = n + 1 where id = $1', [first]);
        both++;
        await until(() => both >= 2, 'both to hold one row');
        await rows(transaction, 'update pair set n = n + 1 where id = $1', [second]);
      });
    await Promise.all([add(1, 2), add(2, 1)]);
    expect(both).toBe(3);
    expect(await rows(database.fork(), 'select n from pair order by id')).toEqual([{ n: 2 }, { n: 2 }]);
  });

  test('of one sort leaves the connections of the others alone, and is refused when too many wait', async () => {
    const [lock, unlock] = ['select pg_advisory_lock(7)', 'select pg_advisory_unlock(7)'];
    await database.of('jobs').transaction(async (holder) => {
      await rows(holder, lock);
      const stuck = () => database.transaction((tx) => rows(tx, 'select pg_advisory_xact_lock(7)')).catch(String);
      const waiting = [stuck(), stuck()];
      const others = (['counting', 'jobs', 'reports'] as const).map((work) => database.of(work).ping());
      expect(await Promise.all([...others, database.read((em) => rows(em, 'select 1 as n'))])).toContainEqual([
        { n: 1 },
      ]);
      waiting.push(...Array.from({ length: 200 }, stuck));
      const refused: unknown = await database.ping().catch((error: unknown) => error);
      expect([String(refused), isAway(refused)]).toEqual([
        expect.stringContaining('200 wait for a connection to the database for requests already'),
        true,
      ]);
      await rows(holder, unlock);
      expect(await Promise.all(waiting)).toEqual(waiting.map(() => expect.arrayContaining([expect.anything()])));
    });
  });

  test('that takes too long is ended, and the same may succeed later', async () => {
    const error: unknown = await database
      .transaction(async (tx) => {
        await rows(tx, 'set local statement_timeout = 20');
        await rows(tx, 'select pg_sleep(5)');
      })
      .catch((reason: unknown) => reason);
    expect([String(error), isAway(error)]).toEqual([expect.stringContaining('statement timeout'), true]);
    expect(await rows(database.fork(), `select current_setting('statement_timeout') as limit`)).toEqual([
      { limit: '10s' },
    ]);
  });
});
