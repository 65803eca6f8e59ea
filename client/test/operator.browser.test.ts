import { randomUUID } from 'node:crypto';
import type { BrowserContext, Page } from 'playwright-core';
import { until } from '../../subgraphs/shared/test/harness.ts';
import { obstacles } from './axe.ts';
import { type Stage, openStage, signIn } from './browser.ts';
import { newPlayer } from './player.ts';

let stage: Stage;
let device: BrowserContext;
let page: Page;
beforeAll(async () => {
  stage = await openStage();
}, 60_000);
afterAll(() => stage?.stop());
beforeEach(async () => {
  device = await stage.device({ viewport: { width: 1200, height: 800 }, reducedMotion: 'reduce' });
  page = await device.newPage();
  await page.goto('/operator');
});
afterEach(() => device.close());

const enter = () => signIn(page, 'operator', 'password');
const go = async (place: string) => {
  await page.getByRole('link', { name: place, exact: true }).click();
  await page.getByRole('heading', { level: 2, name: place }).waitFor();
};
const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
const fill = (label: string, text: string) => page.getByRole('textbox', { name: label, exact: true }).fill(text);

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

test('a player cannot open the console, whichever page is asked for', async () => {
  const player = await newPlayer(stage.graph);
  await page.goto('/operator/quests/new');
  await signIn(page, player.name, player.password);
  await page.getByRole('heading', { name: 'This console is for operators' }).waitFor();
  expect(await page.getByRole('navigation').count()).toBe(0);
  expect(await obstacles(page)).toEqual([]);
});

test('a quest made here is completed by a player in another window, and the statistics show it', async () => {
  await enter();
  await page.goto('/operator/quests/new');
  const title = `Come in ${randomUUID().slice(0, 6)}`;
  await fill('Title', title);
  await fill('Unique name', title.toLowerCase().replaceAll(' ', '-'));
  await page.getByRole('textbox', { name: 'Events for one completion' }).fill('1');
  await press('Review and store');
  await page.getByRole('dialog', { name: 'This will be created' }).getByText(title, { exact: true }).waitFor();
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

test("the rules' own words stand beside the fields, and what was typed stays", async () => {
  await enter();
  await page.goto('/operator/quests/new');
  await fill('Title', 'A quest');
  await fill('Unique name', 'Not A Name');
  await press('Review and store');
  await press('Store');
  const name = page.getByRole('textbox', { name: 'Unique name' });
  await page.getByText('name must be 3 to 64 of a-z, 0-9 and dash').waitFor();
  expect(await name.getAttribute('aria-invalid')).toBe('true');
  expect(await name.inputValue()).toBe('Not A Name');
  expect(await obstacles(page)).toEqual([]);
});

test('a change is shown before it is stored, becomes a version, and archiving ends it', async () => {
  await enter();
  await go('Quests');
  await page.getByRole('link', { name: 'Welcome back' }).click();
  await fill('Title', 'Welcome home');
  await press('Review and store');
  const review = page.getByRole('dialog', { name: 'This will change' });
  await review.getByRole('row', { name: 'title Welcome back Welcome home' }).waitFor();
  expect(await review.getByRole('row').count()).toBe(1);
  await press('Store');
  await page.getByText('version 2').waitFor();
  await press('Archive');
  await press('Archive for ever');
  await page.getByText('This quest no longer counts').waitFor();
  expect(await obstacles(page)).toEqual([]);
});

test('YAML comes in whole or not at all, and a fault names its line', async () => {
  await enter();
  await page.goto('/operator/quests/yaml');
  await press('Start from what there is');
  const text = page.getByRole('textbox', { name: 'A list of quests' });
  const before = await text.inputValue();
  const line = before.split('\n').length;
  await text.fill(
    `${before}- name: from-yaml\n  title: From YAML\n  trigger: LevelFinished\n  streak: none\n  rewards: [{ item: GOLD, quantity: 1 }]\n`,
  );
  await press('Show what changes');
  await page.getByText('+   title: From YAML').waitFor();
  await press('Store');
  await page
    .getByRole('alert')
    .getByText(`Line ${line + 3}: streak must be a whole number`)
    .waitFor();
  await text.fill((await text.inputValue()).replace('none', '2'));
  await press('Show what changes');
  await press('Store');
  await page.getByText('quests are as the YAML says').waitFor();
  await go('Quests');
  await page.getByRole('link', { name: 'From YAML' }).waitFor();
  expect(await obstacles(page)).toEqual([]);
});

test('a player is shown as the player sees it, with the reason, and can be banned', async () => {
  const player = await newPlayer(stage.graph);
  await player.signInElsewhere(1, 2);
  await enter();
  await go('Players');
  await page.getByRole('textbox', { name: 'Name or id' }).fill(player.name.toUpperCase());
  await page.getByRole('link', { name: player.name }).click();
  await page.getByRole('heading', { level: 2, name: player.name }).waitFor();
  await page.getByText('times are in Europe/Berlin').waitFor();
  await page.getByRole('region', { name: 'Quests' }).getByRole('button', { name: 'Why?' }).first().click();
  await page
    .getByText(/2 counted events are worth/)
    .first()
    .waitFor();
  await page
    .getByRole('region', { name: 'Events' })
    .getByRole('row', { name: /UserSignIn/ })
    .first()
    .waitFor();
  expect(await obstacles(page)).toEqual([]);
  await press('Ban');
  await press(`Ban ${player.name}`);
  await page.getByText('BANNED').waitFor();
  await expect(stage.graph.tokenOf(player.name, player.password)).rejects.toThrow('banned');
  await go('Audit log');
  await page
    .getByRole('row', { name: /ban user/ })
    .first()
    .waitFor();
  expect(await obstacles(page)).toEqual([]);
});

test('it tells what is missing, and an empty list says what to do', async () => {
  await enter();
  await page.goto('/operator/players/nobody');
  await page.getByText('There is no player with this id').waitFor();
  await go('Dead letters');
  await page.getByText('Every event that came was applied.').waitFor();
  expect(await obstacles(page)).toEqual([]);
  await go('Explore the graph');
  expect(await page.getByRole('link', { name: 'GraphiQL' }).getAttribute('href')).toBe('/graphiql');
  expect(await obstacles(page)).toEqual([]);
});
