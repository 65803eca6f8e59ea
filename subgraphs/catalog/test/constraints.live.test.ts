import { catalogForTests } from './catalog.ts';

const catalog = catalogForTests({ demo: true });

const refusal = (statement: string) =>
  catalog.sql(statement).then(
    () => 'none',
    (error: { code: string; constraint?: string; message: string }) =>
      [error.code, error.constraint ?? error.message].join(' '),
  );
const quest = `name = 'welcome-back'`;

test.each([
  ['streak = 0', 'quest_streak_range'],
  ['streak = -1', 'quest_streak_range'],
  ['streak = 1000001', 'quest_streak_range'],
  ['duplication = 0', 'quest_duplication_range'],
  [`period = 'YEAR'`, 'quest_period_name'],
  [`period = 'DAY', time_zone = '+02:00'`, 'quest_time_zone_form'],
  [`period = 'DAY', grace_hours = 24`, 'quest_grace_hours_range'],
  [`period = 'DAY', freezes = 1001`, 'quest_freezes_range'],
  [`time_zone = 'Europe/Berlin'`, 'quest_calendar'],
  ['grace_hours = 1', 'quest_calendar'],
  ['freezes = 1', 'quest_calendar'],
  [`objectives = '[]'`, 'quest_objectives_count'],
  [`completes = 'SOME'`, 'quest_completes_name'],
  [`every = 'YEAR'`, 'quest_every_name'],
  ['step_targets = (select jsonb_agg(n) from generate_series(1, 51) n)', 'quest_steps_count'],
  [`requires = array_fill('a'::text, array[11])`, 'quest_requires_count'],
  ['requires = array[name]', 'quest_requires_others'],
  [`on_archive = 'STOP'`, 'quest_on_archive_archived'],
  ['version = 0', 'quest_version_range'],
  ['ends_at = starts_at', 'quest_window_order'],
  [`title = ''`, 'quest_title_length'],
  [`description = repeat('a', 2001)`, 'quest_description_length'],
  [`category = ''`, 'quest_category_length'],
  [`tags = array_fill('a'::text, array[21])`, 'quest_tags_count'],
])('PostgreSQL itself refuses a quest with %s', async (change, constraint) => {
  expect(await refusal(`update quest set ${change} where ${quest}`)).toBe(`23514 ${constraint}`);
});

test.each([
  [`'Not a name', 'UserSignIn'`, '23514 quest_name_form'],
  [`'a-name', 'not a type'`, '23514 quest_trigger_form'],
  [`'welcome-back', 'UserSignIn'`, '23505 quest_name'],
])('PostgreSQL itself refuses a new quest with %s', async (values, expected) => {
  const copied =
    'title, description, streak, duplication, auto_claim, category, tags, starts_at, ends_at, hidden, archived_at, version, created_at';
  const statement = `insert into quest (id, name, trigger, ${copied}) select gen_random_uuid(), ${values}, ${copied} from quest where ${quest}`;
  expect(await refusal(statement)).toBe(expected);
});

const insertReward = (item: string, quantity: number) =>
  `insert into reward select gen_random_uuid(), id, 1, 'name', '${item}', ${quantity}, 1, null from quest where ${quest}`;
test.each([
  [insertReward('KEY', 0), '23514 reward_quantity_range'],
  [insertReward('KEY', -5), '23514 reward_quantity_range'],
  [insertReward('KEY', 2 ** 53), '23514 reward_quantity_range'],
  [insertReward('key', 1), '23514 reward_item_form'],
  [insertReward('GOLD', 1), '23505 reward_item_once'],
  ['update reward set quantity = 1000', '23514 what a reward pays never changes'],
  [`update quest set name = 'other' where ${quest}`, '23514 name and starts_at of a quest never change'],
  [`update reward set step = 1`, '23514 what a reward pays never changes'],
  [`update quest set starts_at = now() where ${quest}`, '23514 name and starts_at of a quest never change'],
  [`update quest_version set terms = '{}'`, '23514 quest_version is append-only'],
  ['delete from quest_version', '23514 quest_version is append-only'],
  ['truncate quest_version', '23514 quest_version is append-only'],
])('PostgreSQL itself refuses: %s', async (statement, expected) => {
  expect(await refusal(statement)).toBe(expected);
});

test('an archived quest never changes, be it by SQL, but that it comes back as it was', async () => {
  const archived = `name = 'sign-in-three-times'`;
  await catalog.sql(`update quest set archived_at = now(), on_archive = 'FINISH' where ${archived}`);
  for (const change of [`title = 'x'`, `on_archive = 'STOP'`, 'archived_at = now()', `archived_at = null, title = 'x'`])
    expect(await refusal(`update quest set ${change} where ${archived}`)).toBe(
      '23514 an archived quest never changes before it is restored',
    );
  expect(await refusal(`update quest set archived_at = null where ${archived}`)).toBe(
    '23514 quest_on_archive_archived',
  );
  expect(await refusal(`update quest set archived_at = null, on_archive = null where ${archived}`)).toBe('none');
});
