import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { pino } from 'pino';
import { freePort } from '../../local/ports.ts';
import { redisArguments } from '../../local/redis.ts';
import { type Carrier, shareOf } from '../delivery/carrier.ts';
import { openRedisCarrier } from '../delivery/carrierRedis.ts';
import { openLog } from '../process/log.ts';
import { until } from '../testing/harness.ts';

const quiet = openLog('test', 'silent');
const folder = mkdtempSync(join(process.env['TEST_FOLDER']!, 'redis-'));
const children: ChildProcess[] = [];
const carriers: Carrier[] = [];
afterEach(async () => {
  for (const carrier of carriers.splice(0)) await carrier.close();
  for (const child of children.splice(0)) await kill(child);
});

/** A real redis-server; resolves when it says this. */
async function start(given: string[], ready = 'Ready to accept connections'): Promise<ChildProcess> {
  const child = spawn('redis-server', given, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)));
    child.stdout.on('data', (data: Buffer) => data.includes(ready) && resolve());
  });
  return child;
}
async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
async function open(url: string): Promise<Carrier> {
  const carrier = await openRedisCarrier(url, quiet);
  carriers.push(carrier);
  return carrier;
}
const stream = 'auth:3';
const publish = (carrier: Carrier, id: string) =>
  until(() => carrier.publish(stream, [{ id, sealed: 'x' }]), `${id} is published`);

test('sentinels say where the master is, also after another has taken over', async () => {
  const [master, replica, sentinel] = [await freePort(), await freePort(), await freePort()];
  const first = await start(redisArguments(master, folder));
  const follows = ['--replicaof', '127.0.0.1', String(master), '--repl-diskless-sync-delay', '0'];
  await start([...redisArguments(replica, folder), ...follows], 'Finished with success');
  const file = join(folder, 'sentinel.conf');
  writeFileSync(
    file,
    `port ${sentinel}\nbind 127.0.0.1\ndir ${folder}\nsentinel monitor events 127.0.0.1 ${master} 1\n` +
      'sentinel down-after-milliseconds events 300\nsentinel failover-timeout events 1000\n',
  );
  await start([file, '--sentinel'], '+slave ');
  const carrier = await open(`redis+sentinel://127.0.0.1:${sentinel}/events`);
  const seen: string[] = [];
  const told: string[] = [];
  const stop = carrier.consume(
    shareOf(stream),
    'progress',
    async (batch) => void seen.push(...batch.map(({ id }) => id)),
  );
  await carrier.listen('popups:3', (message) => told.push(message));
  await publish(carrier, 'before');
  await until(() => seen.includes('before'), 'it is read');
  await kill(first);
  await publish(carrier, 'after');
  await until(() => seen.includes('after'), 'it is read from the new master');
  await until(() => carrier.notify('popups:3', 'x').then(() => told.length > 0), 'notifications arrive');
  await stop();
}, 60_000);

test('by TLS a server is believed whose certificate an authority has signed that is trusted, and no other', async () => {
  const openssl = (...given: string[]) => execFileSync('openssl', given, { cwd: folder, stdio: 'pipe' });
  openssl(
    ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem'.split(
      ' ',
    ),
  );
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const port = await freePort();
  const tls = ['--tls-port', String(port), '--tls-cert-file', cert, '--tls-key-file', key, '--tls-auth-clients', 'no'];
  await start([...redisArguments(0, folder), ...tls, '--requirepass', 'secret']);
  const url = `rediss://:secret@127.0.0.1:${port}`;

  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  carriers.push(await openRedisCarrier(url, log));
  expect(lines.join('')).toContain('self-signed certificate');

  const usual = getCACertificates();
  setDefaultCACertificates([...usual, readFileSync(cert, 'utf8')]);
  try {
    const carrier = await open(url);
    const seen: string[] = [];
    const stop = carrier.consume(
      shareOf(stream),
      'progress',
      async (batch) => void seen.push(...batch.map(({ id }) => id)),
    );
    await publish(carrier, 'sealed');
    await until(() => seen.includes('sealed'), 'it is read');
    await stop();
  } finally {
    setDefaultCACertificates(usual);
  }
});
