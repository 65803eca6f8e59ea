import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { childEnvironment } from '../../shared/testing/childEnvironment.ts';
import { testDatabase, until } from '../../shared/testing/harness.ts';
import type { RedisUser } from '../../shared/testing/redis.ts';
import { sealKey } from '../../shared/events.ts';
import { makeSecrets } from '../keep.ts';
import { freePort } from '../ports.ts';

const root = join(import.meta.dirname, '../..');

/** One process of the system that can be ended and brought back at the same address. */
export interface Part {
  url: string;
  end(signal: NodeJS.Signals): Promise<void>;
  start(): Promise<void>;
}

/** Starts the subgraphs and gateways of one system as processes, as they run everywhere but in `npm start`. */
export async function openProcesses(redisUrlOf: (user: RedisUser) => string) {
  const secrets = makeSecrets();
  const databases = new Map<string, ReturnType<typeof testDatabase>>();
  const parts: Part[] = [];
  const jwksPort = await freePort();

  const open = async (file: string, port: number, environment: Record<string, string>): Promise<Part> => {
    let child: ChildProcess | undefined;
    const url = `http://127.0.0.1:${port}`;
    const part: Part = {
      url: `${url}/graphql`,
      async start() {
        const started = spawn(process.execPath, [file], {
          cwd: root,
          env: {
            ...childEnvironment(),
            LOG_LEVEL: 'silent',
            PORT: String(port),
            GATEWAY_SECRET: secrets.gatewaySecret,
            EVENT_SECRET: secrets.eventSecret,
            AUTH_SIGNING_KEY: secrets.signingKey,
            JWKS_URL: `http://127.0.0.1:${jwksPort}/.well-known/jwks.json`,
            ...environment,
          },
          stdio: ['ignore', 'ignore', 'inherit'],
        });
        child = started;
        await until(() => {
          if (started.exitCode !== null) throw new Error(`${file} has ended with ${started.exitCode}`);
          return fetch(`${url}/ready`).then(({ ok }) => ok);
        }, `${file} is ready`);
      },
      async end(signal) {
        const ending = child;
        if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
        const ended = new Promise((resolve) => ending.once('exit', resolve));
        ending.kill(signal);
        await ended;
      },
    };
    parts.push(part);
    await part.start();
    return part;
  };

  const program = async (name: string, file: string, port: number, environment: Record<string, string>) => {
    let database = databases.get(name);
    if (!database) databases.set(name, (database = testDatabase(`${name}_processes`, async () => {})));
    return open(file, port, { DATABASE_URL: (await database).url, ...environment });
  };

  return {
    secrets,
    /** Processes of one subgraph share its database. */
    async subgraph(name: RedisUser, environment: Record<string, string> = {}): Promise<Part> {
      const port = name === 'auth' ? jwksPort : await freePort();
      return program(name, `subgraphs/${name}/main.ts`, port, { REDIS_URL: redisUrlOf(name), ...environment });
    },
    /** A subgraph that has joined, or what serves one. */
    joined: async (name: string, file: string, environment: Record<string, string>): Promise<Part> =>
      program(name, file, await freePort(), { EVENT_KEY: sealKey(secrets.eventSecret, name), ...environment }),
    async gateway(subgraphs: Record<RedisUser, Part>, environment: Record<string, string> = {}): Promise<Part> {
      return open('gateway/main.ts', await freePort(), {
        ROUTING_URL_AUTH: subgraphs.auth.url,
        ROUTING_URL_CATALOG: subgraphs.catalog.url,
        ROUTING_URL_PROGRESS: subgraphs.progress.url,
        CONNECTIONS_PER_USER: '50',
        ...environment,
      });
    },
    databaseOf: async (name: string) => (await databases.get(name)!).url,
    async stop() {
      await Promise.all(parts.map((part) => part.end('SIGKILL')));
      for (const database of databases.values()) await (await database).drop();
    },
  };
}
