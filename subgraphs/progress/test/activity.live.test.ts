import { randomUUID } from 'node:crypto';
import { tokenFor } from '../../../shared/testing/tokens.ts';
import { stageForTests } from './stage.ts';

const stage = stageForTests();
beforeAll(async () => {
  // Two statements, each in a transaction of its own, and the second one is told of a day that has passed.
  for (const some of [
    "(1, 'UserSignIn', 0), (2, 'NewUserSignIn', 0), (3, 'MatchWon', 0), (4, 'UserSignIn', 2)",
    "(5, 'UserSignIn', 3), (6, 'MatchWon', 2)",
  ])
    await stage.query(`insert into event (source, id, user_id, type, occurred_at)
      select 'auth', n::text, gen_random_uuid(), type, now() - days * interval '1 day' from (values ${some}) t(n, type, days)`);
});

const operator = tokenFor({ id: randomUUID(), roles: ['OPERATOR'] });
const query = 'query ($days: Int) { activity(days: $days) { day signIns events completions payments } }';

test('each of the last days is told, also one on which nothing happened', async () => {
  const { data } = await stage.ask(query, { days: 3 }, operator);
  const [first, second, today] = data.activity;
  const none = { completions: 0, payments: 0 };
  expect(first).toEqual({ day: expect.any(String), signIns: 1, events: 2, ...none });
  expect(second).toEqual({ day: expect.any(String), signIns: 0, events: 0, ...none });
  expect(today).toEqual({ day: new Date().toISOString().slice(0, 10), signIns: 2, events: 3, ...none });
  expect(data.activity).toHaveLength(3);
});

test('transactions that count at the same time do not wait for each other, and nothing is lost', async () => {
  const before = (await stage.ask(query, { days: 1 }, operator)).data.activity[0].events as number;
  const add = (id: string) => `insert into event (source, id, user_id, type, occurred_at)
    values ('service', '${id}', gen_random_uuid(), 'MatchWon', now())`;
  await stage.database.transaction(async (slow) => {
    await slow.execute(add('slow'));
    // This one commits while the other is still open.
    await stage.query(add('fast'));
    expect(await stage.count('activity where slot > 0')).toBe(1);
  });
  expect((await stage.ask(query, { days: 1 }, operator)).data.activity[0].events).toBe(before + 2);
});

test('a fortnight is told when nothing is said', async () => {
  expect((await stage.ask(query, {}, operator)).data.activity).toHaveLength(14);
});

test.each([0, 101])('%i days are refused', async (days) => {
  expect((await stage.ask(query, { days }, operator)).code).toBe('BAD_USER_INPUT');
});

test.each(['PLAYER', 'SERVICE'] as const)('it is not for the role %s', async (role) => {
  expect((await stage.ask(query, {}, tokenFor({ id: randomUUID(), roles: [role] }))).code).toBe('FORBIDDEN');
});
