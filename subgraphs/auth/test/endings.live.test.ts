import { generateKeyPairSync } from 'node:crypto';
import { localCarrier } from '../../../shared/delivery/carrierLocal.ts';
import { until } from '../../../shared/testing/harness.ts';
import { testKeys } from '../../../shared/testing/tokens.ts';
import { startAuth } from '../subgraph.ts';
import { type AuthDoor, openAuth } from './door.ts';

let auth: AuthDoor;
beforeAll(async () => (auth = await openAuth()));
afterAll(() => auth.stop());

interface Endings {
  asOf: string;
  ended: { id: string; endedAt: string }[];
}
async function endedSince(since?: string, url = auth.endingsUrl): Promise<Endings> {
  const response = await fetch(since ? `${url}?since=${since}` : url, {
    headers: { 'x-gateway-secret': auth.gatewaySecret },
  });
  return (await response.json()) as Endings;
}
const sessionOf = (token: string) => (JSON.parse(atob(token.split('.')[1]!)) as { sid: string }).sid;
const signOut = (token: string) => auth.ask('mutation { signOut }', {}, token);

const isTold = async (token: string, since: string, url: string) =>
  (await endedSince(since, url)).ended.some(({ id }) => id === sessionOf(token));

test('a session that has ended is told by every process of the subgraph, even when no notification reaches it', async () => {
  const { accessToken } = await auth.signUp({ name: 'leaver' });
  const deaf = localCarrier();
  const another = await startAuth({ ...auth.settings, carrier: deaf });
  try {
    const { asOf, ended } = await endedSince(undefined, another.endingsUrl);
    expect(ended.map(({ id }) => id)).not.toContain(sessionOf(accessToken));
    await signOut(accessToken);
    for (const url of [auth.endingsUrl, another.endingsUrl])
      await until(() => isTold(accessToken, asOf, url), 'the end of the session is told');
  } finally {
    await another.stop();
    await deaf.close();
  }
});

test('a gateway that begins learns of every session whose tokens could still be good, and of no older one', async () => {
  const [{ accessToken: recent }, { accessToken: old }] = [
    await auth.signUp({ name: 'recent' }),
    await auth.signUp({ name: 'longago' }),
  ];
  await Promise.all([signOut(recent), signOut(old)]);
  await auth.sql(`update session set ended_at = ended_at - interval '1 hour' where id = $1`, [sessionOf(old)]);
  const told = (await endedSince()).ended.map(({ id }) => id);
  expect(told).toContain(sessionOf(recent));
  expect(told).not.toContain(sessionOf(old));
});

test('only the gateway is told', async () => {
  expect((await fetch(auth.endingsUrl)).status).toBe(401);
});

describe('a new signing key', () => {
  const keyPair = () =>
    generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });

  test('signs from the first moment, and tokens of the old one are good while it is still published', async () => {
    const { accessToken: older } = await auth.signUp({ name: 'rotator' });
    const { privateKey } = keyPair();
    const ask = async (settings: object) => {
      const subgraph = await startAuth({ ...auth.settings, signingKey: privateKey, ...settings });
      const me = async (token: string) => {
        const response = await fetch(subgraph.url, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'x-gateway-secret': auth.gatewaySecret,
            authorization: `Bearer ${token}`,
          },
          body: JSON.stringify({ query: '{ me { name } }' }),
        });
        return response.status;
      };
      const published = (await (await fetch(subgraph.jwksUrl)).json()) as { keys: { kid: string }[] };
      const answers = { older: await me(older), published: published.keys.length };
      await subgraph.stop();
      return answers;
    };
    expect(await ask({ previousKeys: [testKeys().publicPem] })).toEqual({ older: 200, published: 2 });
    expect(await ask({ previousKeys: [] })).toEqual({ older: 401, published: 1 });
  });
});
