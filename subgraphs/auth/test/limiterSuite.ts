import { randomUUID } from 'node:crypto';
import { until } from '../../../shared/testing/harness.ts';
import { goodPassword, openAuth, type AuthDoor } from './door.ts';

const wrong = 'not the password';
/** Addresses that no other test has, of the networks for documentation (RFC 5737, RFC 3849). */
let count = 0;
export const someAddress = () => `2001:db8:${(++count).toString(16)}::1`;

/** How wrong passwords are limited, wherever they are counted. */
export function limiterSuite(open: () => Promise<{ redisUrl?: string }>): void {
  let auth: AuthDoor;
  beforeAll(async () => (auth = await openAuth(await open())));
  afterAll(() => auth.stop());

  const newcomer = async () => {
    const name = `n${randomUUID().slice(0, 12)}`;
    await auth.signUp({ name });
    return name;
  };
  const times = <T>(number: number, work: (n: number) => Promise<T>) =>
    Promise.all(Array.from({ length: number }, (_, n) => work(n)));
  const wrongFrom = (name: string) => async (address?: string) =>
    (await auth.tryIn({ name, password: wrong }, address ?? someAddress())).code;

  test('the sixth wrong password for an account is one too many, from however many addresses they come', async () => {
    const tries = wrongFrom(await newcomer());
    for (let n = 1; n <= 5; n++) expect(await tries()).toBe('INVALID_CREDENTIALS');
    expect(await tries()).toBe('RATE_LIMITED');
  });

  test('of many tries at once, those beyond the limit learn nothing, not even the one that is right', async () => {
    const name = await newcomer();
    const codes = await times(40, (n) =>
      auth.tryIn({ name, password: n === 39 ? goodPassword : wrong }, someAddress()).then(({ code }) => code),
    );
    expect(codes.filter((code) => code === 'INVALID_CREDENTIALS').length).toBeLessThanOrEqual(5);
    // On a slow machine it may have waited too long to be looked at.
    expect(['RATE_LIMITED', 'UNAVAILABLE']).toContain(codes.at(-1));
  });

  test('names that nobody has are limited like others', async () => {
    const tries = wrongFrom(`nobody${randomUUID().slice(0, 8)}`);
    for (let n = 1; n <= 5; n++) await tries();
    expect(await tries()).toBe('RATE_LIMITED');
  });

  test('one address has twenty wrong passwords for all accounts together', async () => {
    const address = someAddress();
    const codes: unknown[] = [];
    for (let n = 0; n < 22; n++) codes.push(await wrongFrom(`victim${n}-${randomUUID().slice(0, 8)}`)(address));
    expect(codes.slice(0, 20)).toEqual(Array(20).fill('INVALID_CREDENTIALS'));
    expect(codes.slice(20)).toEqual(['RATE_LIMITED', 'RATE_LIMITED']);
    const answer = await auth.tryIn({ name: await newcomer(), password: goodPassword }, address);
    expect(answer).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) });
  });

  test('whoever locks an account from elsewhere does not lock out its owner where the owner has been before', async () => {
    const name = await newcomer();
    const home = someAddress();
    expect((await auth.tryIn({ name, password: goodPassword }, home)).code).toBeUndefined();
    // The lock lasts for a second, which may be over before a slow machine asks.
    await until(async () => {
      for (let n = 1; n <= 6; n++) await wrongFrom(name)();
      return (await auth.tryIn({ name, password: goodPassword }, someAddress())).code === 'RATE_LIMITED';
    }, 'the account to be locked elsewhere');
    expect((await auth.tryIn({ name, password: goodPassword }, home)).code).toBeUndefined();
  });

  test('the right password ends the count', async () => {
    const name = await newcomer();
    const home = someAddress();
    for (let round = 1; round <= 3; round++) {
      for (let n = 1; n <= 3; n++) expect(await wrongFrom(name)(home)).toBe('INVALID_CREDENTIALS');
      expect((await auth.tryIn({ name, password: goodPassword }, home)).code).toBeUndefined();
    }
  });

  test('many right passwords at once are all let in', async () => {
    const name = await newcomer();
    const address = someAddress();
    const codes = await times(30, () =>
      until(async () => {
        const { code } = await auth.tryIn({ name, password: goodPassword }, address);
        // Who is asked to wait comes again.
        return code !== 'UNAVAILABLE' && (code ?? 'let in');
      }, 'a right password to be answered'),
    );
    expect(codes).toEqual(Array(30).fill('let in'));
  });

  test('asking which names are taken is counted like guessing', async () => {
    const name = await newcomer();
    const address = someAddress();
    const codes: unknown[] = [];
    for (let n = 0; n < 21; n++) codes.push((await auth.tryUp({ name, password: goodPassword }, address)).code);
    expect(codes).toEqual([...Array<string>(20).fill('CONFLICT'), 'RATE_LIMITED']);
  });

  test('a stolen token cannot be used to guess the password', async () => {
    const name = await newcomer();
    const { accessToken } = await auth.signIn({ name });
    const codes: unknown[] = [];
    for (let n = 0; n < 6; n++) {
      const input = { oldPassword: wrong, newPassword: 'another good one' };
      const change = 'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { id } }';
      codes.push((await auth.ask(change, { input }, accessToken, someAddress())).code);
    }
    expect(codes).toEqual([...Array<string>(5).fill('INVALID_CREDENTIALS'), 'RATE_LIMITED']);
    expect((await auth.tryIn({ name, password: goodPassword }, someAddress())).code).toBeUndefined();
  });
}
