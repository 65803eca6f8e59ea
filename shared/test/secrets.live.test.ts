import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { openAuth } from '../../subgraphs/auth/test/door.ts';
import { secrets } from '../process/environment.ts';
import { Seal } from '../events.ts';

const secret = () => randomBytes(32).toString('hex');
const body = JSON.stringify({
  ...{ id: '1', source: 'auth', type: 'UserSignIn', version: 1, userId: randomUUID() },
  ...{ occurredAt: '2026-11-21T09:30:00.000Z', data: { timeZone: 'UTC' } },
});

test('while the secret of events changes, in every step each process opens what each other has closed', () => {
  const [old, new_] = [secret(), secret()];
  const steps = [
    [new Seal(old), new Seal(old, [new_])],
    [new Seal(old, [new_]), new Seal(new_, [old])],
    [new Seal(new_, [old]), new Seal(new_)],
  ];
  for (const step of steps)
    for (const from of step) for (const to of step) expect(to.open('auth', from.close('auth', body)).id).toBe('1');
  expect(() => new Seal(new_).open('auth', new Seal(old).close('auth', body))).toThrow('does not verify');
  expect(() => new Seal(new_, [old]).open('auth', new Seal(secret()).close('auth', body))).toThrow('does not verify');
});

test('a subgraph lets gateways in that show its secret or another that it accepts', async () => {
  const [old, new_] = [secret(), secret()];
  const auth = await openAuth({ gatewaySecret: new_, acceptedGatewaySecrets: [old] });
  const statusFor = async (shown: string) =>
    (
      await fetch(auth.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-gateway-secret': shown },
        body: JSON.stringify({ query: '{ __typename }' }),
      })
    ).status;
  try {
    const asked = Array.from({ length: 40 }, async (_, n) => {
      await sleep(n);
      return statusFor(n % 2 === 0 ? old : new_);
    });
    expect(new Set(await Promise.all(asked))).toEqual(new Set([200]));
    expect(await statusFor(secret())).toBe(401);
  } finally {
    await auth.stop();
  }
});

test('secrets that are accepted have commas between, and none is short', () => {
  const [one, other] = [secret(), secret()];
  expect(secrets({}, 'EVENT_SECRETS_ACCEPTED')).toEqual([]);
  expect(secrets({ EVENT_SECRETS_ACCEPTED: ` ${one},${other},` }, 'EVENT_SECRETS_ACCEPTED')).toEqual([one, other]);
  expect(() => secrets({ EVENT_SECRETS_ACCEPTED: `${one},old` }, 'EVENT_SECRETS_ACCEPTED')).toThrow(
    'EVENT_SECRETS_ACCEPTED has a secret that is too short',
  );
});
