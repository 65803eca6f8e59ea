import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, quoted, type Connection } from '../../local/sql.ts';

/** The address of a database on the PostgreSQL that globalSetup has started. */
function address(database: string): string {
  const url = process.env['TEST_DATABASE_URL'];
  if (!url)
    throw new Error('TEST_DATABASE_URL is missing: tests run through `npm test`, which starts PostgreSQL first.');
  return Object.assign(new URL(url), { pathname: `/${database}` }).href;
}

async function withAdmin<T>(work: (admin: Connection) => Promise<T>): Promise<T> {
  const admin = await connect(address('postgres'));
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

/**
 * A migrated, empty database of its own for one test file. `migrate` runs once per room and run, on a template that is then copied;
 * it must have closed its connections when it resolves.
 */
export async function testDatabase(
  room: string,
  migrate: (url: string) => Promise<void>,
): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `${room}_${randomBytes(6).toString('hex')}`;
  await withAdmin(async (admin) => {
    await ensureTemplate(admin, `template_${room}`, migrate);
    await admin.query(`create database ${quoted(name)} template ${quoted(`template_${room}`)}`);
  });
  const drop = () => withAdmin((admin) => admin.query(`drop database if exists ${quoted(name)} with (force)`));
  return { url: address(name), drop: async () => void (await drop()) };
}

async function ensureTemplate(admin: Connection, template: string, migrate: (url: string) => Promise<void>) {
  // Of several workers that want the same room at once, one makes the template and the others wait here.
  await admin.query('select pg_advisory_lock(hashtext($1))', [template]);
  const { rows } = await admin.query<{ whole: boolean }>(
    'select datistemplate as whole from pg_database where datname = $1',
    [template],
  );
  if (!rows[0]?.whole) {
    // Not a template yet: an earlier migration failed half way.
    await admin.query(`drop database if exists ${quoted(template)} with (force)`);
    await admin.query(`create database ${quoted(template)}`);
    await migrate(address(template));
    await admin.query(`alter database ${quoted(template)} with is_template true allow_connections false`);
  }
  await admin.query('select pg_advisory_unlock(hashtext($1))', [template]);
}

/** Asks until the answer is neither false, null nor undefined; throws with `what` was awaited, and with the last error if there was one. */
export async function until<T>(
  condition: () => T | Promise<T>,
  what: string,
  ms = 20_000,
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + ms;
  let cause: unknown;
  do {
    try {
      const answer = await condition();
      if (answer !== false && answer !== null && answer !== undefined)
        return answer as Exclude<T, false | null | undefined>;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await sleep(5);
  } while (performance.now() < deadline);
  throw new Error(`Waited ${ms} ms in vain until ${what}.`, { cause });
}
