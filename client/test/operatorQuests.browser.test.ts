import { randomUUID } from 'node:crypto';
import type { BrowserContext, Page } from 'playwright-core';
import { until, untilEqual } from '../../shared/testing/harness.ts';
import { obstacles } from './axe.ts';
import type { Stage } from './browser.ts';
import { onConsole, operating } from './operator.ts';

let stage: Stage;
let device: BrowserContext;
let page: Page;
onConsole((place) => ({ stage, device, page } = place));
const { enter, fill, giveReason, go, press, rows } = operating(() => page);

/** Events that are there before progress knows of the quest wait for the next one. */
const known = async (title: string) => {
  const operator = await stage.graph.tokenOf('operator');
  const { data } = await stage.graph.ask('{ quests { nodes { id title } } me { id } }', {}, operator);
  const quest = (data.quests.nodes as { id: string; title: string }[]).find((each) => each.title === title)!;
  const explain = 'query ($userId: ID!, $questId: ID!) { explain(userId: $userId, questId: $questId) { counted } }';
  const explained = async () =>
    (await stage.graph.ask(explain, { userId: data.me.id, questId: quest.id }, operator)).data.explain;
  await until(async () => (await explained()) !== null, 'progress to know the quest');
};

test('a quest made here is completed by a player in another window, and the statistics show it', async () => {
  await enter();
  await page.goto('/operator/quests/new');
  const title = `Come in ${randomUUID().slice(0, 6)}`;
  await fill('Title', title);
  await fill('Unique name', title.toLowerCase().replaceAll(' ', '-'));
  await page.getByRole('textbox', { name: 'Events for one completion' }).fill('1');
  await press('Review and store');
  await page.getByRole('dialog', { name: 'This will be created' }).getByText(title, { exact: true }).waitFor();
  expect(await page.getByRole('button', { name: 'Store', exact: true }).isDisabled()).toBe(true);
  await fill('Reason', 'a warm welcome');
  await press('Store');
  await page.getByRole('heading', { level: 2, name: title }).waitFor();

  await known(title);
  const window = await device.newPage();
  await window.goto('/');
  await window.getByRole('button', { name: 'Play as guest' }).click();
  await window.getByRole('dialog', { name: title }).waitFor();
  await window.getByRole('button', { name: 'Claim' }).click();
  await window.getByRole('region', { name: 'Wallet' }).getByText('10 diamonds').waitFor();

  await go('Overview');
  await page.getByRole('row', { name: new RegExp(`${title} 1 1`) }).waitFor();
  expect(await obstacles(page)).toEqual([]);
});

test("the rules' own words stand beside the fields, and what was typed stays until it is a quest of days", async () => {
  const period = async (name: string) => {
    await page.getByRole('textbox', { name: 'A streak is made of' }).click();
    await page.getByRole('option', { name }).click();
  };
  const zone = page.getByRole('textbox', { name: 'Time zone' });
  const graceHours = page.getByRole('textbox', { name: 'Hours of grace' });
  await enter();
  await page.goto('/operator/quests/new');
  await fill('Title', 'A quest');
  await fill('Unique name', 'Not A Name');
  await zone.waitFor({ state: 'detached' });
  await period('Days');
  await zone.fill('+02:00');
  await graceHours.fill('3');
  await page.getByRole('textbox', { name: 'Days in a row for one completion' }).fill('7');
  await press('Review and store');
  await fill('Reason', 'a try');
  await press('Store');
  const name = page.getByRole('textbox', { name: 'Unique name' });
  await page.getByText('name must be 3 to 64 of a-z, 0-9 and dash').waitFor();
  await page.getByText('timeZone must be the name of an IANA time zone').waitFor();
  expect(await name.getAttribute('aria-invalid')).toBe('true');
  expect(await zone.getAttribute('aria-invalid')).toBe('true');
  expect(await name.inputValue()).toBe('Not A Name');
  expect(await obstacles(page)).toEqual([]);

  await name.fill('a-name');
  await zone.fill('Europe/Berlin');
  await press('Review and store');
  const review = page.getByRole('dialog');
  await review.getByRole('row', { name: 'period DAY' }).waitFor();
  await review.getByRole('row', { name: 'timeZone Europe/Berlin' }).waitFor();
  await fill('Reason', 'a habit');
  await press('Store');
  await page.getByText('UserSignIn on 7 days in a row, once').waitFor();
  expect(await graceHours.inputValue()).toBe('3');
  await go('Quests');
  await page.getByRole('row', { name: 'A quest UserSignIn on 7 days in a row, once' }).getByRole('link').click();

  await period('Events');
  await zone.waitFor({ state: 'detached' });
  await press('Review and store');
  await review.getByRole('row', { name: 'period DAY EVENT' }).waitFor();
  await review.getByRole('row', { name: 'timeZone Europe/Berlin nothing' }).waitFor();
  await review.getByRole('row', { name: 'graceHours 3 0' }).waitFor();
  await fill('Reason', 'no habit');
  await press('Store');
  await page.getByText('7 × UserSignIn, once').waitFor();
});

test('a change is shown before it is stored, becomes a version, and archiving takes it away until it is restored', async () => {
  await enter();
  await go('Quests');
  await page.getByRole('link', { name: 'Welcome back' }).click();
  await fill('Title', 'Welcome home');
  await press('Review and store');
  const review = page.getByRole('dialog', { name: 'This will change' });
  await review.getByRole('row', { name: 'title Welcome back Welcome home' }).waitFor();
  await untilEqual(async () => (await rows(review)).length, 1, 'the change to be the only one');
  expect(await obstacles(page)).toEqual([]);
  await fill('Reason', 'it sounds nicer');
  await press('Store');
  await page.getByText('version 2').waitFor();
  await press('Archive');
  await giveReason('autumn is over');
  await press('Archive it');
  await page.getByText('This quest no longer counts').waitFor();
  expect(await obstacles(page)).toEqual([]);
  await press('Restore');
  await giveReason('autumn lasts');
  await press('Restore it');
  await page.getByText('version 4').waitFor();
  await go('Audit log');
  await page.getByRole('row', { name: /operator archive quest welcome-back autumn is over archivedAt/ }).waitFor();
  await page
    .getByRole('row', { name: /update quest welcome-back it sounds nicer title: Welcome back Welcome home/ })
    .waitFor();
});

test('YAML is looked at before it comes in, comes in whole or not at all, and a fault names its line', async () => {
  await enter();
  await page.goto('/operator/quests/yaml');
  await press('Start from what there is');
  const text = page.getByRole('textbox', { name: 'A list of quests' });
  await press('Show what changes');
  await page.getByText('Nothing changes: every quest is like this already.').waitFor();
  expect(await page.getByRole('button', { name: 'Store', exact: true }).isDisabled()).toBe(true);

  const lines = Array<string>(36).fill('# nothing yet');
  const added = ['- name: from-yaml', '  title: From YAML', '  trigger: LevelFinished', '  streak: none'];
  await text.fill([...lines, ...added, '  rewards: [{ item: GOLD, quantity: 1 }]'].join('\n'));
  await press('Show what changes');
  await page.getByRole('alert').getByText('Line 40: streak must be a whole number').waitFor();
  expect(await obstacles(page)).toEqual([]);

  await text.fill((await text.inputValue()).replace('none', '2'));
  await press('Show what changes');
  const plan = page.getByRole('region', { name: 'What will change' });
  await plan.getByText('will be created').waitFor();
  await plan.getByText('+ title: From YAML').waitFor();
  expect(await obstacles(page)).toEqual([]);
  await fill('Reason', 'the wiki says so');
  await press('Store');
  await page.getByText('quests are as the YAML says').waitFor();
  await go('Quests');
  await page.getByRole('link', { name: 'From YAML' }).waitFor();
  await go('Audit log');
  await page.getByRole('row', { name: /import quests the catalog the wiki says so from-yaml: version 1/ }).waitFor();
});
