import { randomUUID } from 'node:crypto';
import { wallClock } from '../../../shared/clock.ts';
import { type Database, openDatabase, rows } from '../../../shared/database/database.ts';
import { OutboxRow } from '../../../shared/delivery/outbox.ts';
import type { QuestTerms } from '../../../shared/questTerms.rules.ts';
import { testDatabase } from '../../../shared/testing/harness.ts';
import { eventApplier } from '../apply.ts';
import { standingReader } from '../enrolments/standings.ts';
import { definitionReader } from '../definitions/definitionStore.ts';
import { progressMigrations } from '../migrations/all.ts';
import { invariants } from '../operations/invariants.ts';
import { defined, log, signIn } from './stage.ts';
import { questTerms, revised } from './terms.ts';

/** What the tables were before there were measures: tallies by trigger, progress by quest, periods by trigger. */
const before = progressMigrations.slice(
  0,
  progressMigrations.findIndex(({ name }) => name === 'progress-009-measures'),
);
const open = (url: string, migrations: typeof progressMigrations) =>
  openDatabase({ url, subgraph: 'progress', entities: [OutboxRow], migrations, log });

const [newcomer, regular, veteran] = [randomUUID(), randomUUID(), randomUUID()];
const canonical = questTerms();
const won = questTerms({ trigger: 'Won', streak: 1, duplication: 1000 });
const later = questTerms({ trigger: 'Won', streak: 5, duplication: 9, startsAt: '2026-11-20T00:00:00.000Z' });
const ended = questTerms({ trigger: 'Won', streak: 2, duplication: 9, endsAt: '2026-11-19T00:00:00.000Z' });
const days = questTerms({ streak: 2, duplication: 2, period: 'DAY', graceHours: 3, timeZone: 'UTC' });
const archived = questTerms({ trigger: 'Won', streak: 1, duplication: 3, archivedAt: '2026-11-22T00:00:00.000Z' });

/** Writes what the code of then has written, whose names of tallies are repeated here. */
async function writeOld(database: Database): Promise<void> {
  const em = database.fork();
  const quests = [canonical, won, later, ended, days, archived];
  const old = ({ objectives: _, completes: __, every: ___, ...told }: QuestTerms) => told;
  await database.transaction(async (transaction) => {
    for (const terms of quests) {
      await rows(transaction, 'insert into quest (quest_id, version) values ($1, 1)', [terms.questId]);
      await rows(transaction, 'insert into quest_version (quest_id, version, terms) values ($1, 1, $2)', [
        terms.questId,
        JSON.stringify(old(terms)),
      ]);
    }
  });
  await rows(em, `insert into player (user_id) select * from unnest($1::uuid[])`, [[newcomer, regular, veteran]]);
  const happen = (userId: string, type: string, times: number, from: string) =>
    rows(
      em,
      `insert into event (source, id, user_id, type, occurred_at, data)
       select 'old', gen_random_uuid()::text, $1, $2, $4::timestamptz + n * interval '1 day', 'null' from generate_series(0, $3::int - 1) n`,
      [userId, type, times, from],
    );
  await happen(newcomer, 'UserSignIn', 2, '2026-11-20T12:00:00Z');
  await happen(regular, 'UserSignIn', 3, '2026-11-17T12:00:00Z');
  await happen(regular, 'NewUserSignIn', 1, '2026-11-16T12:00:00Z');
  await happen(regular, 'Won', 7, '2026-11-16T12:00:00Z');
  await happen(veteran, 'UserSignIn', 100, '2026-08-01T12:00:00Z');
  await happen(veteran, 'Won', 100, '2026-08-14T12:00:00Z');
  await rows(
    em,
    `insert into tally (user_id, tally, total, first_at)
     select user_id, case type when 'NewUserSignIn' then 'UserSignIn' else type end, count(*), min(occurred_at) from event group by 1, 2
     union all
     select user_id, $1, count(*), min(occurred_at) from event where type = 'Won' and occurred_at < '2026-11-19' group by 1`,
    [`Won of ${ended.questId}`],
  );
  await rows(
    em,
    `insert into active_span (user_id, tally, span, early, later)
     select distinct user_id, 'UserSignIn by DAY+3h in UTC', date(occurred_at at time zone 'UTC') - date '1970-01-01', 0, true
     from event where type in ('UserSignIn', 'NewUserSignIn')`,
  );
  const progress = (userId: string, { questId }: QuestTerms, uncounted: number, completions: number) =>
    rows(em, 'insert into quest_progress (user_id, quest_id, uncounted, completions) values ($1, $2, $3, $4)', [
      userId,
      questId,
      uncounted,
      completions,
    ]);
  await progress(newcomer, days, 0, 1);
  await progress(regular, canonical, 0, 1);
  await progress(regular, won, 0, 7);
  await progress(regular, ended, 0, 1);
  await progress(regular, days, 0, 2);
  await progress(veteran, canonical, 0, 2);
  await progress(veteran, won, 0, 100);
  await progress(veteran, ended, 0, 9);
  await progress(veteran, archived, 0, 3);
  await progress(veteran, days, 0, 2);
  await progress(veteran, later, 98, 0);
  await rows(
    em,
    `insert into completion (id, user_id, quest_id, number, quest_version, completed_at)
     select gen_random_uuid(), user_id, quest_id, n, 1, '2026-11-01' from quest_progress, generate_series(1, completions) n`,
  );
  await rows(
    em,
    `insert into popup (user_id, seq, completion_id) select user_id, row_number() over (partition by user_id order by quest_id, number), id from completion`,
  );
  await rows(em, 'update player set popup_seq = (select count(*) from popup where popup.user_id = player.user_id)');
}

let drop: () => Promise<void>;
let database: Database;
beforeAll(async () => {
  const made = await testDatabase('progress_before_measures', async (url) => (await open(url, before)).close());
  drop = made.drop;
  const old = await open(made.url, before);
  await writeOld(old);
  await old.close();
  database = await open(made.url, progressMigrations);
});
afterAll(async () => {
  await database.close();
  await drop();
});

const now = new Date('2026-11-22T12:00:00Z');
const standing = async (userId: string, { questId }: QuestTerms) => {
  const read = standingReader(database.fork(), definitionReader(), () => now);
  const [one] = (await read([userId], (terms) => terms.questId === questId)).get(userId)!;
  return [one!.streak, one!.remaining, one!.completions, one!.state];
};

test.each<[string, string, QuestTerms, [streak: number, remaining: number, completions: number, state: string]]>([
  ['two of three', newcomer, canonical, [2, 1, 0, 'OPEN']],
  ['one of three for the second time', regular, canonical, [1, 2, 1, 'OPEN']],
  ['done', veteran, canonical, [0, 0, 2, 'DONE']],
  ['one for each', veteran, won, [0, 1, 100, 'OPEN']],
  ['those since the start', veteran, later, [2, 3, 0, 'OPEN']],
  ['those since the start, never looked at', regular, later, [3, 2, 0, 'OPEN']],
  ['an end that has passed', regular, ended, [0, 0, 1, 'ENDED']],
  ['archived', veteran, archived, [0, 0, 3, 'ENDED']],
  ['a streak', newcomer, days, [0, 2, 1, 'OPEN']],
  ['all streaks', veteran, days, [0, 0, 2, 'DONE']],
  ['all streaks of a regular', regular, days, [0, 0, 2, 'DONE']],
])('%s stays what it was', async (_, userId, quest, expected) => {
  expect(await standing(userId, quest)).toEqual(expected);
});

const play = (...events: Parameters<ReturnType<typeof eventApplier>>[1]) =>
  database.transaction((transaction) =>
    eventApplier({ readDefinitions: definitionReader(), notify: () => {}, clock: wallClock })(transaction, events),
  );
const again = (userId: string, type: string) => ({ ...signIn(userId, now), type, source: 'service:game', data: null });
const countOf = async (userId: string, { questId }: QuestTerms) =>
  (await standing(userId, { questId } as QuestTerms))[2];

test('the story goes on where it was: streak 1 with 100 wins, raised to 5, asks for five more', async () => {
  await play(defined(revised(won, { streak: 5 })));
  expect(await standing(veteran, won)).toEqual([0, 5, 100, 'OPEN']);
  await play(...Array.from({ length: 4 }, () => again(veteran, 'Won')));
  expect(await countOf(veteran, won)).toBe(100);
  await play(again(veteran, 'Won'), again(newcomer, 'UserSignIn'), again(regular, 'Won'), again(regular, 'Won'));
  expect([await countOf(veteran, won), await countOf(newcomer, canonical), await countOf(regular, later)]).toEqual([
    101, 1, 1,
  ]);
});

test('and the invariants hold', async () => {
  for (const { name, statement } of invariants)
    // The events of these tests came by no inbox, and what was completed long ago paid nothing.
    if (!name.startsWith('I8') && !name.startsWith('I3'))
      expect([name, await rows(database.fork(), statement)]).toEqual([name, []]);
});
