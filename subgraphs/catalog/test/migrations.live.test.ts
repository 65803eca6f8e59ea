import { connect } from '../../../local/sql.ts';
import { openDatabase } from '../../../shared/database/database.ts';
import { openLog } from '../../../shared/process/log.ts';
import { testDatabase } from '../../../shared/testing/harness.ts';
import { QuestRow, RewardRow } from '../entities.ts';
import { catalogMigrations } from '../migrations/all.ts';
import { openCatalog } from './catalog.ts';

/** A database as it was before this step. */
const databaseBefore = (step: string) =>
  testDatabase(`before_${step.replaceAll('-', '_')}`, async (url) => {
    const database = await openDatabase({
      url,
      subgraph: 'catalog',
      entities: [QuestRow, RewardRow],
      migrations: catalogMigrations.slice(
        0,
        catalogMigrations.findIndex(({ name }) => name === step),
      ),
      log: openLog('catalog', 'silent'),
    });
    await database.close();
  });

/** Two quests as they were stored then, one of them archived, each in a version of which it is said what it was. */
async function storeOldQuests(databaseUrl: string): Promise<void> {
  const sql = await connect(databaseUrl);
  await sql.query(`insert into quest (id, name, title, description, trigger, streak, duplication, auto_claim, tags, starts_at, hidden, archived_at, version, created_at)
    select gen_random_uuid(), name, 'Old', '', 'MatchWon', 3, 1, false, '{}', now(), false, archived_at, 1, now()
    from (values ('an-old-one', null::timestamptz), ('an-archived-one', now())) old (name, archived_at)`);
  await sql.query(`insert into reward (id, quest_id, position, name, item, quantity, since_version)
    select gen_random_uuid(), id, 0, '1 gold', 'GOLD', 1, 1 from quest`);
  await sql.query(`insert into quest_version (quest_id, version, terms, changed_by, changed_at)
    select id, 1, jsonb_build_object('name', name, 'title', title, 'trigger', trigger, 'streak', streak, 'rewards',
      '[{ "item": "GOLD", "quantity": 1, "name": "1 gold" }]'::jsonb, 'startsAt', starts_at), 'seed', now() from quest`);
  await sql.end();
}

test('a quest of before the calendar counts events, with neither zone, grace nor freezes, and can be changed', async () => {
  const database = await databaseBefore('catalog-002-calendar');
  await storeOldQuests(database.url);
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

test('a quest of before objectives is in the simple form, is found, compared with what it was, archived and restored', async () => {
  const database = await databaseBefore('catalog-003-objectives');
  await storeOldQuests(database.url);
  const catalog = await openCatalog(database.url);
  try {
    const fields = 'id name form objectives { events target } steps { target } onArchive rewards { quantity }';
    const read = async (name: string) =>
      (
        await catalog.ask<{ quest: { id: string } }>(
          'operator',
          'query ($name: String!) { quest: questByName(name: $name) { ' + fields + ' } }',
          { name },
        )
      ).data.quest;
    const meant = { form: 'SIMPLE', objectives: [{ events: ['MatchWon'], target: 3 }], steps: [] };
    expect(await read('an-old-one')).toMatchObject({ ...meant, onArchive: null, rewards: [{ quantity: 1 }] });
    const archived = await read('an-archived-one');
    expect(archived).toMatchObject({ ...meant, onArchive: 'STOP' });
    const { data } = await catalog.ask('operator', 'mutation ($id: ID!) { restoreQuest(id: $id) { version } }', {
      id: archived.id,
    });
    expect(data).toEqual({ restoreQuest: { version: 2 } });
    await catalog.ask('operator', 'mutation ($id: ID!) { updateQuest(id: $id, input: { streak: 5 }) { id } }', {
      id: archived.id,
    });
    const { errors } = await catalog.ask(
      'operator',
      'mutation ($id: ID!) { updateQuest(id: $id, input: { streak: 9 }, expectedVersion: 1) { id } }',
      { id: archived.id },
    );
    expect(errors![0]!.extensions).toMatchObject({ changes: [{ field: 'streak', before: '3', after: '5' }] });
    // A process of before stores what it knows, while both run.
    await catalog.sql(`insert into quest (id, name, title, description, trigger, streak, duplication, auto_claim, tags, starts_at, hidden, version, created_at)
      values (gen_random_uuid(), 'a-late-one', 'Late', '', 'MatchWon', 1, 1, false, '{}', now(), false, 1, now())`);
    const listed = await catalog.ask<{ quests: { nodes: { name: string }[] } }>(
      'player',
      '{ quests(filter: { trigger: "MatchWon" }) { nodes { name } } }',
    );
    expect(listed.data.quests.nodes.map(({ name }) => name).sort()).toEqual([
      'a-late-one',
      'an-archived-one',
      'an-old-one',
    ]);
  } finally {
    await catalog.stop();
    await database.drop();
  }
});
