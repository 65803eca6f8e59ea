import { Pool } from 'pg';
import { PreparingClient, planAgain, prepare } from '../database/statements.ts';
import { testDatabase } from '../testing/harness.ts';

const count = 'select count(*)::int as n from thing where key = $1';

describe('a statement that is prepared', () => {
  let pool: Pool;
  let drop: () => Promise<void>;
  beforeAll(async () => {
    const database = await testDatabase('statements', async () => {});
    drop = database.drop;
    pool = new Pool({ connectionString: database.url, max: 1, Client: PreparingClient });
    planAgain(pool, 0);
    await pool.query('create table thing (key int primary key, value text)');
    prepare(count);
  });
  afterAll(async () => {
    await pool.end();
    await drop();
  });
  const ask = async (key: number) => (await pool.query<{ n: number }>(count, [key])).rows[0]!.n;
  const kept = async () =>
    (
      await pool.query<{ name: string; calls: number }>(
        `select name, (generic_plans + custom_plans)::int as calls from pg_prepared_statements where statement = '${count}'`,
      )
    ).rows;

  test('is parsed once per connection, and what is not, each time', async () => {
    for (let n = 0; n < 3; n++) {
      await ask(n);
      await pool.query('select $1::int', [n]);
    }
    expect(await kept()).toEqual([{ name: expect.stringMatching(/^questline_\d+$/), calls: 3 }]);
    const all = await pool.query<{ n: number }>('select count(*)::int as n from pg_prepared_statements');
    expect(all.rows).toEqual([{ n: 1 }]);
  });

  test('that fails leaves a connection on which it works', async () => {
    await expect(pool.query(count, ['no number'])).rejects.toThrow(/invalid input syntax/);
    expect(await ask(1)).toBe(0);
  });

  test('that could not be parsed once can be the next time', async () => {
    const early = 'select count(*)::int as n from later where key = $1';
    prepare(early);
    const client = await pool.connect();
    try {
      await expect(client.query(early, [1])).rejects.toThrow(/does not exist/);
      await client.query('begin');
      await expect(client.query('select 1 / 0')).rejects.toThrow(/zero/);
      await expect(client.query(early, [1])).rejects.toThrow(/aborted/);
      await client.query('rollback');
      await client.query('create table later (key int)');
      expect((await client.query(early, [1])).rows).toEqual([{ n: 0 }]);
    } finally {
      client.release();
    }
  });

  test('has a plan for the tables as they are now', async () => {
    await pool.query(`insert into thing select n, 'of few' from generate_series(1, 3) n`);
    await pool.query('analyze thing');
    for (let n = 0; n < 10; n++) await ask(n);
    const { name } = (await kept())[0]!;
    const plan = async () => JSON.stringify((await pool.query(`explain execute ${name}(1)`)).rows);
    expect(await plan()).toContain('Seq Scan');
    await pool.query(`insert into thing select n, 'of many' from generate_series(4, 20000) n`);
    expect(await plan()).toContain('Index');
  });
});
