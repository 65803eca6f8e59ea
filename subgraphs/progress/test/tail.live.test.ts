import { randomUUID } from 'node:crypto';
import { until } from '../../../shared/testing/harness.ts';
import { findLastStored, findStored } from '../events/eventStore.ts';
import { type TailReader, openTail } from '../events/tail.ts';
import { log, stageForTests } from './stage.ts';

const stage = stageForTests();

const everything = { type: null, userId: null, from: null, to: null };
const reader = (): TailReader => {
  const em = stage.database.fork();
  return { findLastStored: () => findLastStored(em), findStored: (...wanted) => findStored(em, ...wanted) };
};
const store = (id: string) =>
  stage.query(`insert into event (source, id, user_id, type, occurred_at) values ('auth', $1, $2, 'MatchWon', now())`, [
    id,
    randomUUID(),
  ]);

test('it looks once for all who follow, and not at all while nobody does', async () => {
  let begun = 0;
  const real = reader();
  const tail = openTail({ ...real, findLastStored: () => (begun++, real.findLastStored()) }, log, 10);
  await store('before');
  expect(begun).toBe(0);
  const [one, other] = await Promise.all([tail.follow(everything), tail.follow(everything)]);
  await store('after');
  expect((await one.next()).value).toMatchObject({ id: 'after' });
  expect((await other.next()).value).toMatchObject({ id: 'after' });
  expect(begun).toBe(1);
  await Promise.all([one.return!(), other.return!()]);
  await until(async () => {
    await (
      await tail.follow(everything)
    ).return!();
    return begun > 1;
  }, 'it to have stopped, and to begin anew');
  await tail.stop();
});

test('who comes while the database is away is told, and who comes later follows', async () => {
  let isAway = true;
  const real = reader();
  const away = () => Promise.reject(new Error('the database is away'));
  const tail = openTail({ ...real, findLastStored: () => (isAway ? away() : real.findLastStored()) }, log, 10);
  await expect(Promise.all([tail.follow(everything), tail.follow(everything)])).rejects.toThrow('away');
  isAway = false;
  const stream = await tail.follow(everything);
  await store('later');
  expect((await stream.next()).value).toMatchObject({ id: 'later' });
  await tail.stop();
  expect(await stream.next()).toEqual({ value: undefined, done: true });
});
