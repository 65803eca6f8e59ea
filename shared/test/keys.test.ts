import { type KeyObject, generateKeyPairSync } from 'node:crypto';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type KeySource, remoteKeys, viewerOf } from '../identity.ts';
import { until } from '../testing/harness.ts';
import { testKeys, tokenFor } from '../testing/tokens.ts';

const jwk = (kid: string) => ({
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
  kid,
});

/** An issuer that answers as it is told, or says nothing at all. */
let issuer: Server;
let url: string;
/** By this test; what an earlier one still asks has another address. */
let asked = 0;
let tests = 0;
let answer: (() => unknown) | 'silence';
beforeAll(async () => {
  issuer = createServer((request, response) => {
    if (url.endsWith(request.url!)) asked++;
    if (answer === 'silence') return;
    response.setHeader('connection', 'close');
    response.end(JSON.stringify(answer()));
  });
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => {
  url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/keys/${++tests}`;
  asked = 0;
  answer = () => ({ keys: [jwk('a')] });
});
afterAll(() => {
  issuer.closeAllConnections();
  return new Promise((resolve) => issuer.close(resolve));
});

const unavailable = { code: 'UNAVAILABLE' };

test('keys are asked for once, however many ask at the same moment', async () => {
  const keys = remoteKeys(url);
  const found = await Promise.all(Array.from({ length: 20 }, () => keys('a')));
  expect(found.every((key) => key?.type === 'public')).toBe(true);
  expect(asked).toBe(1);
});

test('known keys serve at once while old ones are renewed, also when the issuer has fallen silent', async () => {
  const keys = remoteKeys(url, { freshMs: 0, pauseMs: 1, timeoutMs: 60_000 });
  await keys('a');
  answer = 'silence';
  await until(async () => {
    expect(await keys('a')).toBeDefined(); // would wait a minute, were it to wait
    return asked === 2;
  }, 'they are asked for again');
  for (let time = 0; time < 10; time++) expect(await keys('a')).toBeDefined();
  expect(asked).toBe(2);
  issuer.closeAllConnections();
});

test('renewed keys take the place of the old ones', async () => {
  const keys = remoteKeys(url, { freshMs: 0, pauseMs: 1 });
  const old = await keys('a');
  let renewed: KeyObject | undefined;
  await until(async () => (renewed = await keys('a')) && !renewed.equals(old!), 'the key is renewed');
});

test('a failed try is a try: nobody waits for a dead address twice', async () => {
  answer = 'silence';
  const keys = remoteKeys(url, { timeoutMs: 50 });
  await expect(keys('a')).rejects.toMatchObject(unavailable);
  answer = () => ({ keys: [jwk('a')] });
  await expect(keys('a')).rejects.toMatchObject(unavailable);
  expect(asked).toBe(1);
  await until(() => keys('a').catch(() => undefined), 'it is tried again');
  issuer.closeAllConnections();
});

test('an unknown key is looked for, but not by every token that names one', async () => {
  const keys = remoteKeys(url);
  await keys('a');
  for (const kid of ['b', 'c', 'd']) expect(await keys(kid)).toBeUndefined();
  expect(asked).toBe(1);
});

test.each<[string, () => unknown]>([
  ['no list', () => ({})],
  ['null', () => null],
])('an answer with %s changes nothing', async (_, nonsense) => {
  const keys = remoteKeys(url, { freshMs: 0, pauseMs: 1 });
  await keys('a');
  answer = nonsense;
  await until(async () => (await keys('a'), asked >= 3), 'they are asked for again');
  expect(await keys('a')).toBeDefined();
});

test('a key that cannot be read is left out, and the others serve', async () => {
  answer = () => ({ keys: [{ kid: 'x', kty: 'none' }, jwk('a')] });
  const keys = remoteKeys(url);
  expect([await keys('a'), await keys('x')]).toEqual([expect.anything(), undefined]);
});

test.each<[string, object]>([
  ['an extension that must be understood', { crit: ['exp'], exp: 0 }],
  ['a payload that is not encoded', { b64: false, crit: ['b64'] }],
  ['the same without crit', { b64: false }],
  ['an empty list of extensions', { crit: [] }],
])('a token with %s is refused', async (_, header) => {
  const keys: KeySource = testKeys().keys;
  const claims = { id: 'ada' };
  expect(await viewerOf(`Bearer ${tokenFor(claims)}`, keys)).toMatchObject({ id: 'ada' });
  await expect(viewerOf(`Bearer ${tokenFor(claims, { header })}`, keys)).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
  });
});
