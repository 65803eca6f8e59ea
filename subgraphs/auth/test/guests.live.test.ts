import { randomUUID } from 'node:crypto';
import { type AuthDoor, openAuth } from './door.ts';
import { someAddress } from './limiterSuite.ts';

let auth: AuthDoor;
beforeAll(async () => (auth = await openAuth({ limits: { guestSignInsPerMinute: 20 } })));
afterAll(() => auth.stop());

const many = (count: number, from: (n: number) => string | undefined) =>
  Promise.all(Array.from({ length: count }, (_, n) => auth.tryGuest({ deviceId: randomUUID() }, from(n))));
const refused = (answers: { code: string | undefined }[]) =>
  answers.filter(({ code }) => code === 'RATE_LIMITED').length;

test('an address that makes guests by the hundred is told to wait, and how long', async () => {
  const address = someAddress();
  const answers = await many(100, () => address);
  expect(refused(answers)).toBe(80);
  const [one] = answers.filter(({ code }) => code);
  expect(one!.retryAfterSeconds).toBeGreaterThan(0);
  expect(one!.retryAfterSeconds).toBeLessThanOrEqual(60);
  expect(refused(await many(1, () => someAddress()))).toBe(0);
});

test('the addresses of one network of IPv6 are one', async () => {
  expect(refused(await many(30, (n) => `2001:db8:ffff:1::${n.toString(16)}`))).toBe(10);
});

test('where nobody says from where they come, nobody is counted', async () => {
  expect(refused(await many(30, () => undefined))).toBe(0);
});
