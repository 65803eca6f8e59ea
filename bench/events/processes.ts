import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childEnvironment } from '../../shared/testing/childEnvironment.ts';
import { startPostgres } from '../../local/postgres.ts';
import { freePort } from '../../local/ports.ts';
import { redisArguments } from '../../local/redis.ts';
import { makeSecrets } from '../../local/keep.ts';
import { sealKey } from '../../shared/events.ts';

const root = join(import.meta.dirname, '../..');

export interface Process {
  pid: number;
  url: string;
  /** CPU used so far, in seconds. */
  cpuSeconds(): number;
  kill(signal: NodeJS.Signals): Promise<void>;
}

export interface MachineSettings {
  /** In the place of a Redis of its own. */
  redisUrl?: string;
  /** Of PostgreSQL, over the usual ones. */
  flags?: readonly string[];
}

/** PostgreSQL as it is in production, with fsync, a real Redis, and each subgraph a process of its own. */
export async function openMachine({ redisUrl: given, flags = [] }: MachineSettings = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'questline-bench-'));
  chmodSync(folder, 0o755);
  const postgres = await startPostgres({
    dataDir: folder,
    flags: [
      '-c',
      'shared_buffers=512MB',
      '-c',
      'max_wal_size=4GB',
      '-c',
      'max_connections=100',
      '-c',
      'shared_preload_libraries=pg_stat_statements',
      ...flags,
    ],
  });
  const redisPort = await freePort();
  const redis = spawn('redis-server', redisArguments(redisPort, folder), { stdio: 'ignore' });
  const redisUrl = given ?? `redis://127.0.0.1:${redisPort}`;
  const secrets = makeSecrets();
  const alive = new Set<ChildProcess>([redis]);
  const databases = {
    auth: await postgres.database('auth'),
    catalog: await postgres.database('catalog'),
    progress: await postgres.database('progress'),
  };
  const jwksPort = await freePort();
  let hasAuth = false;

  const launch = async (
    program: string,
    main: string,
    port: number,
    environment: Record<string, string | undefined>,
  ) => {
    const profile = process.env['PROFILE']
      ? ['--cpu-prof', `--cpu-prof-dir=${process.env['PROFILE']}`, `--cpu-prof-name=${program}.cpuprofile`]
      : [];
    const child = spawn(process.execPath, [...profile, main], {
      cwd: root,
      env: {
        ...childEnvironment(),
        REDIS_URL: redisUrl,
        GATEWAY_SECRET: secrets.gatewaySecret,
        JWKS_URL: `http://127.0.0.1:${jwksPort}/.well-known/jwks.json`,
        PORT: String(port),
        LOG_LEVEL: 'warn',
        ...environment,
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    alive.add(child);
    const ended = new Promise<void>((resolve) => child.once('exit', () => (alive.delete(child), resolve())));
    const url = `http://127.0.0.1:${port}`;
    while (
      !(await fetch(`${url}/ready`).then(
        (answer) => answer.ok,
        () => false,
      ))
    ) {
      if (child.exitCode !== null) throw new Error(`${program} did not start`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return {
      pid: child.pid!,
      url: `${url}/graphql`,
      cpuSeconds: () => cpuSeconds(child.pid!),
      async kill(signal: NodeJS.Signals) {
        child.kill(signal);
        await ended;
      },
    };
  };

  return {
    redisUrl,
    secrets,
    databases,
    /** Starts a subgraph, or the gateway, as `npm run start:SUBGRAPH` does; resolves when it is ready. */
    async start(
      subgraph: keyof typeof databases | 'gateway',
      environment: Record<string, string> = {},
    ): Promise<Process> {
      // Who comes second shares the work, and is not asked for keys.
      const port = subgraph === 'auth' && !hasAuth ? jwksPort : await freePort();
      hasAuth ||= subgraph === 'auth';
      const main = subgraph === 'gateway' ? 'gateway/main.ts' : `subgraphs/${subgraph}/main.ts`;
      return launch(subgraph, main, port, {
        ...(subgraph !== 'gateway' && { DATABASE_URL: databases[subgraph] }),
        EVENT_SECRET: secrets.eventSecret,
        AUTH_SIGNING_KEY: secrets.signingKey,
        // All of the load comes from one address.
        GUEST_SIGN_INS_PER_MINUTE: '9999999',
        ...environment,
      });
    },
    /** A database for a subgraph that joins. */
    database: (name: string) => postgres.database(name),
    /** Starts a subgraph that joins, or what serves one, as a process of its own. */
    async joined(name: string, main: string, environment: Record<string, string>): Promise<Process> {
      return launch(name, main, await freePort(), {
        EVENT_KEY: sealKey(secrets.eventSecret, name),
        ...environment,
      });
    },
    /** CPU of PostgreSQL with all its backends, and of Redis, in seconds. */
    cpuSeconds: () => ({ postgres: cpuSecondsOfGroup(postgres.pid), redis: cpuSeconds(redis.pid!) }),
    async stop() {
      // In the opposite order of their start, so that nobody misses who is stopped on purpose; in order, so that a profile is written.
      for (const child of [...alive].reverse()) {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        await ended;
      }
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** utime and stime of a process; Linux counts in hundredths of a second. */
export function cpuSeconds(pid: number, withChildren = false): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ').map(Number);
  const own = fields[11]! + fields[12]!;
  return (withChildren ? own + fields[13]! + fields[14]! : own) / 100;
}

function cpuSecondsOfGroup(postmaster: number): number {
  const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8')
    .trim()
    .split(/\s+/)
    .map(Number);
  return children.reduce((sum, pid) => sum + cpuSeconds(pid), cpuSeconds(postmaster, true));
}
