import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect, isDeepStrictEqual } from 'node:util';
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
 * A migrated, empty database of its own for one test file. `migrate` runs once per subgraph and run, on a template that is then copied;
 * it must have closed its connections when it resolves.
 */
export async function testDatabase(
  subgraph: string,
  migrate: (url: string) => Promise<void>,
): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `${subgraph}_${randomBytes(6).toString('hex')}`;
  await withAdmin(async (admin) => {
    await ensureTemplate(admin, `template_${subgraph}`, migrate);
    await admin.query(`create database ${quoted(name)} template ${quoted(`template_${subgraph}`)}`);
  });
  const drop = () => withAdmin((admin) => admin.query(`drop database if exists ${quoted(name)} with (force)`));
  return { url: address(name), drop: async () => void (await drop()) };
}

async function ensureTemplate(admin: Connection, template: string, migrate: (url: string) => Promise<void>) {
  // Of several workers that want the same subgraph at once, one makes the template and the others wait here.
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

/** A slow machine makes few attempts in much time and a fast one many in little: it is given up only after both. Sooner than jest does. */
const leastAttempts = 500;
const leastMs = 60_000;
const pauseMs = 5;

type Given<T> = Exclude<T, false | null | undefined>;

/** Asks until the answer is neither false, null nor undefined; throws with `what` was awaited and what the last attempt brought. */
export async function until<T>(condition: () => T | Promise<T>, what: string): Promise<Given<T>> {
  return attempt(condition, (answer): answer is Given<T> => ![false, null, undefined].includes(answer as never), what);
}

/** Reads until it reads exactly this; throws with `what` was awaited and what was read last. */
export async function untilEqual<T>(read: () => T | Promise<T>, expected: T, what: string): Promise<void> {
  // Cloned, since the objects of a GraphQL answer have no prototype.
  const wanted = structuredClone(expected);
  await attempt(
    read,
    (seen): seen is T => isDeepStrictEqual(structuredClone(seen), wanted),
    `${what}: ${shown(expected)}`,
  );
}

async function attempt<T, Good extends T>(
  read: () => T | Promise<T>,
  isGood: (seen: T) => seen is Good,
  what: string,
): Promise<Good> {
  const began = performance.now();
  let [last, cause]: [string, unknown] = ['', undefined];
  for (let attempts = 1; ; attempts++) {
    try {
      const seen = await read();
      if (isGood(seen)) return seen;
      [last, cause] = [`saw ${shown(seen)}`, undefined];
    } catch (error) {
      [last, cause] = [`failed with ${String(error)}`, error];
    }
    const ms = Math.round(performance.now() - began);
    if (attempts >= leastAttempts && ms >= leastMs)
      throw new Error(`Waited in vain until ${what}. The last of ${attempts} attempts in ${ms} ms ${last}.`, { cause });
    await sleep(pauseMs);
  }
}

const shown = (value: unknown): string => inspect(value, { depth: 4, breakLength: 120 }).slice(0, 2000);
