import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const start = (environment: Record<string, string>) =>
  spawnSync(process.execPath, [join(import.meta.dirname, '../main.ts')], { env: environment, encoding: 'utf8' });

const complete = {
  DATABASE_URL: 'postgres://nowhere.invalid/auth',
  GATEWAY_SECRET: 'g'.repeat(32),
  EVENT_SECRET: 'e'.repeat(32),
  AUTH_SIGNING_KEY: 'a key is looked at later',
};

test('a subgraph that is started alone without Redis refuses and says why', () => {
  const { status, stdout, stderr } = start(complete);
  expect([status, stderr]).toEqual([1, '']);
  expect(stdout).toContain('a subgraph that runs alone sends its events to the others by Redis');
});

test('without a signing key the subgraph refuses to start and names it', () => {
  const { status, stdout } = start({ ...complete, REDIS_URL: 'redis://127.0.0.1:1', AUTH_SIGNING_KEY: '' });
  expect(status).toBe(1);
  expect(stdout).toContain('AUTH_SIGNING_KEY is missing');
});

test('a secret of the kind "changeme" is refused', () => {
  expect(start({ ...complete, GATEWAY_SECRET: 'changeme' }).stdout).toContain('GATEWAY_SECRET is too short');
});
