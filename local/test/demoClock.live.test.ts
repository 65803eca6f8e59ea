import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../shared/testing/harness.ts';
import { openDemoClock } from '../demoClock.ts';
import { graphForTests } from './graph.ts';

const graph = graphForTests();
let operator: string;
beforeAll(async () => {
  operator = await graph.tokenOf('operator');
});

const clock = async (method: string, token = operator) => {
  const headers = token ? { authorization: `Bearer ${token}` } : undefined;
  const response = await fetch(new URL('/demo/clock', graph.url()), { method, ...(headers && { headers }) });
  const answer = (await response.json()) as { now: string; daysAhead: number; errors?: { extensions: object }[] };
  return { status: response.status, ...answer };
};
const dayAfter = (day: string) => {
  const next = new Date(day);
  next.setUTCDate(next.getUTCDate() + 1);
  return next.toISOString().slice(0, 10);
};

test('a day that is advanced is the day of whatever happens from then on, and sessions go on', async () => {
  const query =
    '{ me { events { nodes { type occurredAt } } quests { serverTime } completions { nodes { claimedAt } } } }';
  const signUp = 'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken refreshToken } }';
  const input = { name: 'traveller', password: 'correct horse battery' };
  const session = (await graph.ask(signUp, { input })).data.signUp as { accessToken: string; refreshToken: string };
  const before = await clock('GET');
  expect(before).toMatchObject({ status: 200, daysAhead: 0 });

  const after = await clock('POST');
  expect(after).toMatchObject({ status: 200, daysAhead: 1 });
  const today = dayAfter(before.now.slice(0, 10));
  expect(after.now.slice(0, 10)).toBe(today);

  for (const _ of [2, 3]) await graph.tokenOf(input.name, input.password);
  const claimed = await until(async () => {
    const { data } = await graph.ask('mutation { claimAllRewards { claimedAt completedAt } }', {}, session.accessToken);
    return data.claimAllRewards[0];
  }, 'a completion to be claimed');
  expect([claimed.completedAt.slice(0, 10), claimed.claimedAt.slice(0, 10)]).toEqual([today, today]);
  const { me } = (await graph.ask(query, {}, session.accessToken)).data;
  expect(me.quests[0].serverTime.slice(0, 10)).toBe(today);
  const daysOf = (...types: string[]) =>
    (me.events.nodes as { type: string; occurredAt: string }[])
      .filter(({ type }) => types.includes(type))
      .map(({ occurredAt }) => occurredAt.slice(0, 10));
  expect(daysOf('NewUserSignIn', 'UserSignIn')).toEqual([today, today, before.now.slice(0, 10)]);
  expect(daysOf('UserActive')).toEqual([today, before.now.slice(0, 10)]);

  const { activity } = (await graph.ask('{ activity(days: 2) { day signIns completions payments } }', {}, operator))
    .data;
  expect(activity[1]).toEqual({ day: today, signIns: 2, completions: 1, payments: 1 });

  const renewal = 'mutation ($refreshToken: String!) { refreshSession(refreshToken: $refreshToken) { accessToken } }';
  const renewed = (await graph.ask(renewal, session)).data.refreshSession.accessToken as string;
  expect((await graph.ask('{ me { name } }', {}, renewed)).data.me.name).toBe('traveller');
});

test('three days in a row are three days, however often the player comes on each', async () => {
  const name = 'regular';
  await graph.ask('mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }', {
    input: { name, password: 'correct horse battery', timeZone: 'Asia/Kathmandu' },
  });
  const query = `{ me { quests { streak completions remaining resetsAt periods(last: 3) { startsAt state } quest { name } } } }`;
  const daily = async () => {
    const token = await graph.tokenOf(name, 'correct horse battery');
    const { me } = (await graph.ask(query, {}, token)).data as { me: { quests: Daily[] } };
    return me.quests.find(({ quest }) => quest.name === 'three-days-in-a-row')!;
  };
  for (let n = 0; n < 5; n++) await daily();
  for (const day of [1, 2]) {
    const { streak, completions, periods, resetsAt } = await until(async () => {
      const standing = await daily();
      return standing.periods.at(-1)!.state === 'DONE' && standing;
    }, 'the sign-in to be counted');
    expect({ streak, completions }).toEqual({ streak: day, completions: 0 });
    expect(periods.map(({ state }) => state)).toEqual(
      day === 1 ? ['MISSED', 'MISSED', 'DONE'] : ['MISSED', 'DONE', 'DONE'],
    );
    // Midnight in Kathmandu, and three hours of grace after the end of the day after.
    const [today] = periods.slice(-1);
    expect(new Date(today!.startsAt).toISOString().slice(11)).toBe('18:15:00.000Z');
    expect(Date.parse(resetsAt!) - Date.parse(today!.startsAt)).toBe((48 + 3) * 3_600_000);
    await clock('POST');
  }
  await until(async () => (await daily()).completions === 1, 'the third day to complete the quest');
  expect(await daily()).toMatchObject({ streak: 0, remaining: 3, resetsAt: null });
});
interface Daily {
  streak: number;
  completions: number;
  periods: { startsAt: string; state: string }[];
  resetsAt: string | null;
  quest: { name: string };
}

test('the clock is for operators', async () => {
  expect(await clock('POST', '')).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  const player = await graph.tokenOf('user');
  expect(await clock('POST', player)).toMatchObject({ status: 403, errors: [{ extensions: { code: 'FORBIDDEN' } }] });
  expect((await clock('DELETE')).status).toBe(400);
});

test('the days are kept, and a file that holds none is no reason not to start', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'questline-clock-'));
  const file = join(folder, 'daysAhead');
  const daysAhead = () => Math.round((openDemoClock(file).now().getTime() - Date.now()) / (24 * 3600 * 1000));
  expect(daysAhead()).toBe(0);
  writeFileSync(file, '3');
  expect(daysAhead()).toBe(3);
  writeFileSync(file, 'tomorrow');
  expect(daysAhead()).toBe(0);
  rmSync(folder, { recursive: true });
});
