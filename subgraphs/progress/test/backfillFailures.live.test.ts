import { randomUUID } from 'node:crypto';
import { wallClock } from '../../../shared/clock.ts';
import { startBackfills } from '../backfill/backfills.ts';
import { definitionReader } from '../definitions/definitionStore.ts';
import { defined, log } from './stage.ts';

import { newType, operator, pastForTests } from './past.ts';
const { stage, apply, at, quest, numbersOf, ended, contradicted } = pastForTests();
test('a failure says where, and the job goes on from there when it is told to', async () => {
  const [type, userId] = [newType(), randomUUID()];
  await apply(at(1, userId, type), at(2, userId, type));
  const terms = quest(type);
  const refusal =
    'create or replace function refuse_completion() returns trigger language plpgsql as $$ begin raise exception $m$no space$m$; end $$';
  await stage.query(refusal);
  await stage.query(
    `create trigger refuse before insert on completion for each row when (new.quest_id = '${terms.questId}') execute function refuse_completion()`,
  );
  await apply(defined(terms));
  const job = await ended(terms);
  expect([job.state, job.error]).toEqual(['FAILED', expect.stringMatching(/players.*no space/)]);
  await stage.query('drop trigger refuse on completion');
  await stage.ask('mutation ($id: ID!) { resumeBackfill(id: $id) { id } }', { id: job.id }, operator);
  expect((await ended(terms)).state).toBe('DONE');
  expect(await numbersOf(terms, userId)).toEqual([1]);
});

test('what a backfill has counted until it failed, or was stopped, is checked player by player', async () => {
  const [type, trap] = [newType(), 'ffffffff-ffff-4fff-bfff-ffffffffffff'];
  const players = [...Array.from({ length: 150 }, () => randomUUID()), trap].sort();
  await apply(...players.map((userId) => at(1, userId, type)));
  const terms = quest(type, { streak: 1 });
  await stage.query(
    `create trigger refuse before insert on completion for each row when (new.user_id = '${trap}' and new.quest_id = '${terms.questId}')
     execute function refuse_completion()`,
  );
  await apply(defined(terms));
  const job = await ended(terms);
  await stage.query('drop trigger refuse on completion');
  expect([job.state, job.completions > 0 && job.completions < players.length]).toEqual(['FAILED', true]);
  expect(await contradicted()).toEqual([]);
  await apply(...players.map((userId) => at(2, userId, type)));
  await stage.ask('mutation ($id: ID!) { stopBackfill(id: $id) { id } }', { id: job.id }, operator);
  expect(await contradicted()).toEqual([]);
  const move = (userId: string, by: number) =>
    stage.query(
      `update measure_value set value = value + $2 where user_id = $1 and measure = any((select measures from quest_version where quest_id = $3)::uuid[])`,
      [userId, by, terms.questId],
    );
  for (const userId of [players[0]!, trap]) {
    await move(userId, 1);
    expect(await contradicted()).toContain('I1 values');
    await move(userId, -1);
  }
});

test.each([
  ['before and after', [-1, 1]],
  ['after and before', [1, -1]],
])('events %s a start, with a backfill in between that is cut off and goes on', async (_, [first, second]) => {
  const [type, userId] = [newType(), randomUUID()];
  await apply(at(first!, userId, type), at(first! * 2, userId, type));
  const terms = quest(type, { streak: 2 });
  await stage.query(
    `create trigger refuse before insert or update on measure_value for each row when (new.user_id = '${userId}')
     execute function refuse_completion()`,
  );
  await apply(defined(terms));
  const job = await ended(terms);
  expect(job.state).toBe('FAILED');
  await stage.query('drop trigger refuse on measure_value');
  await apply(at(second!, userId, type), at(second! * 2, userId, type));
  await stage.ask('mutation ($id: ID!) { resumeBackfill(id: $id) { id } }', { id: job.id }, operator);
  expect((await ended(terms)).state).toBe('DONE');
  expect(await numbersOf(terms, userId)).toEqual([1]);
  await apply(at(-3, userId, type), at(3, userId, type));
  expect(await numbersOf(terms, userId)).toEqual([1]);
  await apply(at(4, userId, type));
  expect(await numbersOf(terms, userId)).toEqual([1, 2]);
});

test('several processes work at several jobs, and each player is counted once', async () => {
  const type = newType();
  const players = Array.from({ length: 450 }, () => randomUUID());
  for (let n = 0; n < players.length; n += 150)
    await apply(...players.slice(n, n + 150).flatMap((userId) => [1, 2, 3].map((hour) => at(hour, userId, type))));
  const settings = { readDefinitions: definitionReader(), notify: () => {}, clock: wallClock };
  const others = [0, 1].map(() =>
    startBackfills(stage.database, { ...settings, readDefinitions: definitionReader() }, log, 20),
  );
  const [one, two] = [quest(type), quest(type, { streak: 3 })];
  await apply(defined(one), defined(two));
  for (const terms of [one, two]) expect(await ended(terms)).toMatchObject({ state: 'DONE', completions: 450 });
  for (const other of others) await other.stop();
});
