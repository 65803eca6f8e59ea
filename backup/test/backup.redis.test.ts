import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childEnvironment } from '../../shared/testing/childEnvironment.ts';
import { makeSecrets } from '../../local/keep.ts';
import { type Connection, connect } from '../../local/sql.ts';
import { startSystem } from '../../local/system.ts';
import { type Graph, log, startGraph } from '../../local/test/graph.ts';
import { openRedisCarrier } from '../../shared/delivery/carrierRedis.ts';
import { testDatabase, until, untilEqual } from '../../shared/testing/harness.ts';
import { startRedis } from '../../shared/testing/redis.ts';
import { invariants } from '../../subgraphs/progress/operations/invariants.ts';
import { restoreBackup } from '../restoreBackup.ts';
import { takeBackup } from '../takeBackup.ts';

const names = ['auth', 'catalog', 'progress'] as const;

describe('a backup of a system under load', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let graph: Graph;
  let place: string;
  const drops: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    redis = await startRedis();
    graph = await startGraph(() => openRedisCarrier(redis.url, log), redis.url);
    place = mkdtempSync(join(tmpdir(), 'questline-backup-'));
  });
  afterAll(async () => {
    await graph.stop();
    await redis.stop();
    for (const drop of drops) await drop();
    rmSync(place, { recursive: true, force: true });
  });

  const newDatabases = async () => {
    const made: Record<string, string> = {};
    for (const name of names) {
      const { url, drop } = await testDatabase('nothing', async () => {});
      drops.push(drop);
      made[name] = url;
    }
    return made as Record<(typeof names)[number], string>;
  };
  const column = async (database: Connection, statement: string) =>
    (await database.query<{ v: string }>(statement)).rows.map(({ v }) => v);
  /** Guests who sign in again and again, and operators who give them something, until it is stopped; resolves to how many sign-ins were answered. */
  const load = (operator: string) => {
    let running = true;
    const guest = async () => {
      const deviceId = `device ${randomUUID()}`;
      for (let n = 0; running; n++) {
        const { data, errors } = await graph.ask(
          'mutation ($input: GuestSignInInput!) { signInAsGuest(input: $input) { accessToken user { id } } }',
          { input: { deviceId } },
        );
        if (errors) throw new Error(errors[0]!.message);
        if (n % 3 === 2)
          await graph.ask('mutation { claimAllRewards { id } }', {}, data.signInAsGuest.accessToken as string);
        if (n % 4 === 3)
          await graph.ask(
            `mutation ($id: ID!, $key: String!) { grantReward(userId: $id, rewards: [{ item: "GOLD", quantity: 1 }], reason: "for the test",
              idempotencyKey: $key) { id } }`,
            { id: data.signInAsGuest.user.id, key: randomUUID() },
            operator,
          );
      }
    };
    const guests = Array.from({ length: 8 }, guest);
    return { stop: async () => ((running = false), await Promise.all(guests)) };
  };

  test('is of one moment: restored into new databases, what was on its way arrives, and nothing differs', async () => {
    const going = load(await graph.tokenOf('operator'));
    const source = await connect(graph.databases.progress);
    const granted = async () => (await column(source, 'select id as v from reward_grant')).length;
    await until(async () => (await granted()) > 15, 'load');
    const folder = join(place, 'whole');
    await takeBackup(graph.databases, folder);
    await going.stop();
    await source.end();

    const databases = await newDatabases();
    await restoreBackup(databases, folder);
    const other = await startRedis();
    const system = await startSystem({
      databases,
      carrier: await openRedisCarrier(other.url, log),
      secrets: makeSecrets(),
      port: 0,
      demo: false,
      redisUrl: other.url,
      log,
    });
    const [auth, catalog, progress] = await Promise.all(names.map((name) => connect(databases[name])));
    try {
      for (const database of [auth!, catalog!, progress!])
        await untilEqual(
          () => column(database, 'select count(*)::text as v from outbox'),
          ['0'],
          'every outbox to be empty',
        );
      const signIns = await column(auth!, 'select event_id as v from sign_in order by 1');
      expect(signIns.length).toBeGreaterThan(60);
      expect(
        await column(
          progress!,
          `select id as v from event where type in ('NewUserSignIn', 'UserSignIn') and source = 'auth' order by 1`,
        ),
      ).toEqual(signIns);
      const grants = await column(progress!, 'select id as v from reward_grant');
      expect(grants.length).toBeGreaterThan(5);
      expect(await column(auth!, `select count(*)::int as v from audit where action = 'GRANT_REWARD'`)).toEqual([
        grants.length,
      ]);
      const versions = (of: string) => `select name || ' ' || version as v from ${of} order by 1`;
      expect(
        await column(progress!, versions(`(select terms->>'name' as name, version from quest_version) q`)),
      ).toEqual(await column(catalog!, versions('quest')));
      for (const { name, statement } of invariants)
        expect([name, (await progress!.query(statement)).rows]).toEqual([name, []]);
    } finally {
      for (const database of [auth!, catalog!, progress!]) await database.end();
      await system.stop();
      await other.stop();
    }
  });

  test('is refused when it is cut or changed, when its manifest is missing, and by databases that are not empty', async () => {
    const whole = join(place, 'whole');
    const copy = (name: string) => {
      cpSync(whole, join(place, name), { recursive: true });
      return join(place, name);
    };
    const databases = await newDatabases();
    const cut = copy('cut');
    truncateSync(join(cut, 'progress.ndjson.gz'), 1000);
    await expect(restoreBackup(databases, cut)).rejects.toThrow('progress.ndjson.gz of the backup is cut or changed');
    const changed = copy('changed');
    appendFileSync(join(changed, 'auth.ndjson.gz'), 'x');
    await expect(restoreBackup(databases, changed)).rejects.toThrow('auth.ndjson.gz of the backup is cut or changed');
    const missing = copy('missing');
    rmSync(join(missing, 'catalog.ndjson.gz'));
    await expect(restoreBackup(databases, missing)).rejects.toThrow('catalog.ndjson.gz of the backup is missing');
    const interrupted = copy('interrupted');
    rmSync(join(interrupted, 'manifest.json'));
    await expect(restoreBackup(databases, interrupted)).rejects.toThrow(
      'manifest.json, which is written last, is missing',
    );
    const newer = copy('newer');
    const manifest = JSON.parse(readFileSync(join(newer, 'manifest.json'), 'utf8')) as {
      databases: { auth: { migrations: string[] } };
    };
    manifest.databases.auth.migrations.push('auth-999-of-tomorrow');
    writeFileSync(join(newer, 'manifest.json'), JSON.stringify(manifest));
    await expect(restoreBackup(databases, newer)).rejects.toThrow(
      'made by a newer version of Questline (auth-999-of-tomorrow)',
    );
    await expect(restoreBackup({ ...databases, progress: graph.databases.progress }, whole)).rejects.toThrow(
      'progress is not empty',
    );
    for (const url of Object.values(databases)) {
      const database = await connect(url);
      expect(
        await column(database, `select relname as v from pg_class where relnamespace = 'public'::regnamespace`),
      ).toEqual([]);
      await database.end();
    }
    await expect(takeBackup(graph.databases, whole)).rejects.toThrow('is not empty');
  });

  test('is made and restored by commands, which say what is missing', async () => {
    const call = (program: string, folder: string[], databases: Record<string, string>) =>
      new Promise<{ code: number | null; output: string }>((resolve) => {
        const environment = Object.entries(databases).map(([name, url]) => [`${name.toUpperCase()}_DATABASE_URL`, url]);
        const child = spawn(process.execPath, [join(import.meta.dirname, `../${program}.ts`), ...folder], {
          env: { ...childEnvironment(), ...Object.fromEntries(environment) },
        });
        let output = '';
        for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += String(data)));
        child.on('exit', (code) => resolve({ code, output }));
      });
    const folder = join(place, 'commanded');
    const { auth } = graph.databases;
    expect(await call('backup', [folder], { auth })).toEqual({
      code: 1,
      output: expect.stringContaining('CATALOG_DATABASE_URL, PROGRESS_DATABASE_URL are missing') as string,
    });
    expect(await call('backup', [], graph.databases)).toMatchObject({ code: 1 });
    expect(await call('backup', [folder], graph.databases)).toEqual({
      code: 0,
      output: expect.stringMatching(/auth: \d+ rows\n.*writers waited \d+ ms\.\n$/s) as string,
    });
    const databases = await newDatabases();
    expect(await call('restore', [folder], databases)).toEqual({
      code: 0,
      output: expect.stringMatching(/progress: \d+ rows\nRestored in/) as string,
    });
  });
});
