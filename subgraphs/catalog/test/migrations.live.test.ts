import { connect } from '../../../local/sql.ts';
import { openDatabase } from '../../../shared/database.ts';
import { openLog } from '../../../shared/log.ts';
import { testDatabase } from '../../../shared/testing/harness.ts';
import { QuestRow, RewardRow } from '../entities.ts';
import { catalogMigrations } from '../migrations/all.ts';
import { openCatalog } from './room.ts';

const before = catalogMigrations.findIndex(({ name }) => name === 'catalog-002-calendar');

/** A database as it was before quests knew the calendar. */
const oldDatabase = () =>
  testDatabase('catalog_before_calendar', async (url) => {
    const database = await openDatabase({
      url,
      room: 'catalog',
      entities: [QuestRow, RewardRow],
      migrations: catalogMigrations.slice(0, before),
      log: openLog('catalog', 'silent'),
    });
    await database.close();
  });

test('a quest of before the calendar counts events, with neither zone, grace nor freezes, and can be changed', async () => {
  const database = await oldDatabase();
  const sql = await connect(database.url);
  await sql.query(`insert into quest (id, name, title, description, trigger, streak, duplication, auto_claim, tags, starts_at, hidden, archived_at, version, created_at)
    select gen_random_uuid(), name, 'Old', '', 'MatchWon', 3, 1, false, '{}', now(), false, archived_at, 1, now()
    from (values ('an-old-one', null::timestamptz), ('an-archived-one', now())) old (name, archived_at)`);
  await sql.query(`insert into reward (id, quest_id, position, name, item, quantity, since_version)
    select gen_random_uuid(), id, 0, '1 gold', 'GOLD', 1, 1 from quest`);
  await sql.end();
  const catalog = await openCatalog(database.url);
  try {
    const fields = 'id period timeZone graceHours freezes version';
    for (const name of ['an-old-one', 'an-archived-one']) {
      const { data } = await catalog.ask('operator', `{ questByName(name: "${name}") { ${fields} } }`);
      expect(data).toMatchObject({ questByName: { period: 'EVENT', timeZone: null, graceHours: 0, freezes: 0 } });
    }
    const { data } = await catalog.ask(
      'operator',
      `mutation ($yaml: String!) { importQuests(yaml: $yaml) { quest { ${fields} } } }`,
      {
        yaml: '- { name: an-old-one, period: MONTH, freezes: 1 }',
      },
    );
    expect(data).toMatchObject({ importQuests: [{ quest: { period: 'MONTH', freezes: 1, version: 2 } }] });
  } finally {
    await catalog.stop();
    await database.drop();
  }
});
