import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { obstacles } from './axe.ts';
import type { Stage } from './browser.ts';
import { onConsole, operating } from './operator.ts';

let stage: Stage;
let page: Page;
onConsole((place) => ({ stage, page } = place));
const { enter, fill, press } = operating(() => page);

const choose = async (label: string, option: string, on = page.locator('body')) => {
  await on.getByRole('textbox', { name: label, exact: true }).click();
  await page.getByRole('option', { name: option, exact: true }).click();
};
const objective = (number: number) => page.getByRole('group', { name: `Objective ${number}` });
const addTag = async (label: string, tag: string, on = page.locator('body')) => {
  const input = on.getByRole('textbox', { name: label, exact: true });
  await input.fill(tag);
  await input.press('Enter');
};
const store = async (reason: string) => {
  await press('Review and store');
  await page.getByRole('dialog').getByRole('textbox', { name: 'Reason', exact: true }).fill(reason);
  await press('Store');
};
/** What the catalog has, whatever the page shows. */
const stored = async (name: string) => {
  const query = `query ($name: String!) { questByName(name: $name) { id version form every cooldown category
    objectives { name events measure of target where { path op value } } steps { target rewards { item quantity } } } }`;
  const { data } = await stage.graph.ask(query, { name }, await stage.graph.tokenOf('operator'));
  return data.questByName;
};
const named = () => `quest-${randomUUID().slice(0, 8)}`;

test('a quest of two objectives is made by hand, with conditions, a cooldown and a week', async () => {
  const name = named();
  await enter();
  await page.goto('/operator/quests/new');
  await fill('Title', 'Dragon week');
  await fill('Unique name', name);
  await page.getByText('Objectives', { exact: true }).click();
  await objective(1).getByRole('textbox', { name: 'Name' }).fill('wins');
  await addTag('Events', 'MatchWon', objective(1));
  await objective(1).getByRole('textbox', { name: 'Target' }).fill('10');
  await objective(1).getByRole('button', { name: 'One more condition' }).click();
  await objective(1).getByRole('textbox', { name: 'Path' }).fill('__proto__');
  await objective(1).getByRole('textbox', { name: 'Value' }).fill('5');
  await press('One more objective');
  await addTag('Events', 'BossKilled', objective(2));
  await choose('Measure', 'The sum of a number in them', objective(2));
  await objective(2).getByRole('textbox', { name: 'Of' }).fill('damage');
  await choose('It begins anew', 'Each week');
  await fill('Cooldown', 'an hour');
  expect(await obstacles(page)).toEqual([]);

  await store('a try');
  await objective(1).getByText('objectives[0].where[0].path must be names').waitFor();
  await page.getByText('cooldown must be an ISO 8601 duration').waitFor();
  expect(await obstacles(page)).toEqual([]);

  await objective(1).getByRole('textbox', { name: 'Path' }).fill('score');
  await fill('Cooldown', 'PT1H');
  await store('for the dragons');
  await page.getByText('10 × MatchWon and 1 damage in BossKilled, once each week').waitFor();
  expect(await stored(name)).toMatchObject({
    ...{ version: 1, form: 'OBJECTIVES', every: 'WEEK', cooldown: 'PT1H', steps: [] },
    objectives: [
      {
        name: 'wins',
        events: ['MatchWon'],
        measure: 'COUNT',
        target: 10,
        where: [{ path: 'score', op: 'EQ', value: 5 }],
      },
      { name: 'goal-2', events: ['BossKilled'], measure: 'SUM', of: 'damage', target: 1 },
    ],
  });
});

test('what was said can be taken back, a change that came first is shown, and what was typed stays', async () => {
  const name = named();
  const operator = await stage.graph.tokenOf('operator');
  const { data } = await stage.graph.ask(
    'mutation ($input: QuestInput!) { createQuest(input: $input) { id } }',
    {
      input: {
        ...{ name, title: 'Ladder', trigger: 'MatchWon', streak: 3, category: 'duels', cooldown: 'PT1H', every: 'DAY' },
        rewards: [{ item: 'GOLD', quantity: 5 }],
      },
    },
    operator,
  );
  await enter();
  await page.goto(`/operator/quests/${data.createQuest.id}`);
  await fill('Category', '');
  await fill('Cooldown', '');
  await choose('It begins anew', 'Never');
  await press('Pay in steps');
  await page.getByRole('group', { name: 'Step 1' }).getByRole('textbox', { name: 'Reached at' }).fill('2');
  await press('One more step');
  const last = page.getByRole('group', { name: 'Step 2' });
  await last.getByRole('textbox', { name: 'Reached at' }).fill('9');
  await last.getByRole('textbox', { name: 'Item' }).fill('DIAMOND');
  expect(await obstacles(page)).toEqual([]);

  await stage.graph.ask(
    'mutation ($id: ID!) { updateQuest(id: $id, input: { title: "A ladder" }) { id } }',
    { id: data.createQuest.id },
    operator,
  );
  await store('shorter');
  const meanwhile = page.getByRole('region', { name: 'Changed meanwhile' });
  await meanwhile.getByRole('row', { name: 'title Ladder A ladder' }).waitFor();
  expect(await obstacles(page)).toEqual([]);
  await press('Take up version 2, and keep what I typed');
  await page.getByRole('heading', { name: 'A ladder' }).waitFor();

  await press('Review and store');
  const review = page.getByRole('dialog', { name: 'This will change' });
  await review.getByRole('row', { name: 'category duels nothing' }).waitFor();
  await choose('Attempts that have begun', 'Go on by the new version', review);
  await choose('What has happened before', 'Counts and pays, without popups', review);
  await fill('Paid for it at most', '1000 GOLD');
  expect(await obstacles(page)).toEqual([]);
  await fill('Reason', 'shorter');
  await press('Store');
  await page.getByText('version 3').waitFor();
  await page.getByText('9 × MatchWon, once', { exact: true }).waitFor();
  expect(await stored(name)).toMatchObject({
    ...{ version: 3, category: null, cooldown: null, every: null },
    steps: [
      { target: 2, rewards: [{ item: 'GOLD', quantity: 5 }] },
      { target: 9, rewards: [{ item: 'DIAMOND', quantity: 1 }] },
    ],
  });
});
