import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type RequestListener, type Server, createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../../shared/testing/harness.ts';
import { isPublic } from '../webhooks/publicAddress.ts';
import { type SenderSettings, openSender } from '../webhooks/sender.ts';
import { targetFault } from '../webhooks/target.ts';

const strict = { allowPrivate: false };

test.each([
  ...['93.184.215.14', '1.1.1.1', '172.15.255.255', '172.32.0.1', '100.128.0.1', '223.255.255.255'],
  ...['2606:4700::1111', '2a00:1450:4001:81b::200e'],
])('%s is public', (address) => expect(isPublic(address)).toBe(true));

test.each([
  ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.255.255.254', '169.254.169.254', '172.16.0.1'],
  ...['172.31.255.255', '192.0.0.1', '192.168.1.1', '198.18.0.1', '224.0.0.1', '240.0.0.1', '255.255.255.255'],
  ...['::', '::1', '::ffff:127.0.0.1', '::ffff:93.184.215.14', '::127.0.0.1', 'fe80::1', 'fc00::1', 'fd12::1'],
  ...['ff02::1', '64:ff9b::7f00:1', '2002:7f00:1::', '2001::1', '2001:db8::1', '3fff::1'],
])('%s is not public', (address) => expect(isPublic(address)).toBe(false));

test.each([
  'http://hooks.example/',
  'ftp://hooks.example/',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'hooks.example',
  '',
  'https://',
  'https://user@hooks.example/',
  'https://user:password@hooks.example/',
  'https://hooks.example/#here',
  'https://127.0.0.1/',
  'https://127.1/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0x7f.0.0.1/',
  'https://0177.0.0.1/',
  'https://017700000001/',
  'https://1.2.3.4%00@127.0.0.1/',
  'https://①②⑦.0.0.1/',
  'https://127。0。0。1/',
  'https://0/',
  'https://169.254.169.254/latest/meta-data',
  'https://[::1]/',
  'https://[0:0:0:0:0:0:0:1]/',
  'https://[::ffff:7f00:1]/',
  'https://[::ffff:169.254.169.254]/',
  'https://[fe80::1]/',
  'https://[64:ff9b::a9fe:a9fe]/',
])('%s is refused as a target', (url) => {
  expect(targetFault(url, strict)).toMatch(/^(The|A|That) .*\.$/);
});

test('a URL has at most 2000 characters', () => {
  expect(targetFault(`https://hooks.example/${'x'.repeat(2000)}`, strict)).toMatch('2000');
});

test.each(['https://hooks.example/questline?a=b', 'https://93.184.215.14:8443/', 'https://[2606:4700::1111]/'])(
  '%s may be a target',
  (url) => expect(targetFault(url, strict)).toBeNull(),
);

describe('what is sent', () => {
  const stops: (() => unknown)[] = [];
  afterAll(async () => {
    for (const stop of stops.reverse()) await stop();
  });
  const listen = async (server: Server) => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    stops.push(() => (server.closeAllConnections(), new Promise((resolve) => server.close(resolve))));
    return (server.address() as AddressInfo).port;
  };
  let asked = 0;
  const counted =
    (answer: RequestListener): RequestListener =>
    (request, response) => {
      asked++;
      answer(request, response);
    };
  const sendTo = async (url: string, settings: Partial<SenderSettings> = {}) => {
    const sender = openSender({ allowPrivate: true, ...settings });
    stops.push(() => sender.stop());
    return sender.send(url, {}, '{}', new AbortController().signal);
  };
  beforeEach(() => void (asked = 0));

  test('goes to no name that leads to an address that is not public, nor to one among others', async () => {
    const port = await listen(createServer(counted((_, response) => response.end())));
    for (const others of [[], ['93.184.215.14']]) {
      const addresses = [...others, '127.0.0.1'].map((address) => ({ address, family: 4 }));
      const outcome = await sendTo(`https://hooks.example:${port}/`, { ...strict, resolve: async () => addresses });
      expect(outcome).toMatchObject({ kind: 'ADDRESS', fault: expect.stringContaining('not on the public internet') });
    }
    expect(await sendTo(`https://localhost:${port}/`, strict)).toMatchObject({ kind: 'ADDRESS' });
    expect(await sendTo(`https://127.0.0.1:${port}/`, strict)).toMatchObject({ kind: 'ADDRESS' });
    expect(asked).toBe(0);
  });

  test('goes to the address that was looked at, though the name leads inside a moment later', async () => {
    const port = await listen(createServer(counted((_, response) => response.end())));
    let looks = 0;
    const resolve = (first: string) => async () => [{ address: looks++ === 0 ? first : '127.0.0.1', family: 4 }];
    const url = `https://hooks.example:${port}/`;
    const outcome = await sendTo(url, { ...strict, timeoutMs: 200, resolve: resolve('192.88.98.1') });
    expect(['TIMEOUT', 'UNREACHABLE']).toContain(outcome.kind);
    expect([looks, asked]).toEqual([1, 0]);
  });

  test('is not sent on where the target redirects to', async () => {
    const inside = await listen(createServer(counted((_, response) => response.end())));
    for (const status of [301, 302, 303, 307, 308]) {
      const port = await listen(
        createServer((_, response) => response.writeHead(status, { location: `http://127.0.0.1:${inside}/` }).end()),
      );
      expect(await sendTo(`http://127.0.0.1:${port}/`)).toMatchObject({ kind: 'REDIRECT', status });
    }
    expect(asked).toBe(0);
  });

  test.each<[string, RequestListener, object]>([
    ['200', (_, response) => response.end(), { kind: 'DELIVERED', status: 200, fault: null }],
    ['204', (_, response) => response.writeHead(204).end(), { kind: 'DELIVERED', status: 204 }],
    ['400', (_, response) => response.writeHead(400).end(), { kind: 'STATUS', fault: 'The target answered 400.' }],
    ['410', (_, response) => response.writeHead(410).end(), { kind: 'GONE', status: 410 }],
    ['500', (_, response) => response.writeHead(500).end('secrets'), { kind: 'STATUS', status: 500 }],
    ['a body without an end', (_, response) => response.writeHead(200).write('x'), { kind: 'DELIVERED' }],
    ['nothing', () => {}, { kind: 'TIMEOUT', fault: 'The target did not answer within 0.2 s.' }],
    ['a cut', (request) => request.socket.destroy(), { kind: 'UNREACHABLE' }],
    ['headers of 20 KB', (_, response) => response.setHeader('x', 'x'.repeat(20_000)).end(), { kind: 'UNREACHABLE' }],
  ])('and answered with %s is told as it is', async (_, answer, expected) => {
    const port = await listen(createServer(answer));
    expect(await sendTo(`http://127.0.0.1:${port}/`, { timeoutMs: 200 })).toMatchObject(expected);
  });

  test('to nobody is told as it is', async () => {
    const server = createServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    const { fault } = await sendTo(`http://127.0.0.1:${port}/`);
    expect(fault).toBe('The target cannot be reached (ECONNREFUSED).');
  });

  test('over TLS names what is wrong with the certificate', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'webhook-tls-'));
    stops.push(() => rmSync(folder, { recursive: true }));
    const openssl = (...given: string[]) => execFileSync('openssl', given, { cwd: folder, stdio: 'ignore' });
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const make = async (name: string, host: string, days: string) => {
      openssl('req', '-new', ...newKey, '-subj', `/CN=${host}`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
      openssl('x509', '-req', '-in', `${name}.csr`, '-signkey', `${name}.key`, '-days', days, '-out', `${name}.pem`);
      const [key, cert] = ['key', 'pem'].map((end) => readFileSync(join(folder, `${name}.${end}`)));
      const port = await listen(createTlsServer({ key, cert }, (_, response) => response.end()));
      return { url: `https://localhost:${port}/`, ca: cert!.toString() };
    };
    const [good, other] = [await make('good', 'localhost', '2'), await make('other', 'elsewhere.example', '2')];
    expect(await sendTo(good.url, { ca: good.ca })).toMatchObject({ kind: 'DELIVERED' });
    const kind = 'CERTIFICATE';
    expect(await sendTo(good.url)).toMatchObject({ kind, fault: 'The certificate is signed by itself.' });
    expect(await sendTo(other.url, other)).toMatchObject({ kind, fault: 'The certificate is for another host.' });
    const old = await make('old', 'localhost', '0');
    const { fault } = await until(async () => {
      const outcome = await sendTo(old.url, old);
      return outcome.kind === kind && outcome;
    }, 'the certificate to expire');
    expect(fault).toBe('The certificate has expired.');
  });
});
