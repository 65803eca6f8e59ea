import type { Page } from 'playwright-core';
import { untilEqual } from '../../shared/testing/harness.ts';
import { obstacles } from './axe.ts';
import type { Stage } from './browser.ts';
import { onConsole, operating } from './operator.ts';
import { newPlayer } from './player.ts';

let stage: Stage;
let page: Page;
onConsole((place) => ({ stage, page } = place));
const { enter, giveReason, go, press } = operating(() => page);

const dayMs = 86_400_000;
/** As fields for an instant take it, so many days from now. */
const local = (days: number) => new Date(Date.now() + days * dayMs).toISOString().slice(0, 16);
const dialog = () => page.getByRole('dialog');
const stateOf = async (token: string) => {
  const { data } = await stage.graph.ask('{ me { quests { state quest { name } } } }', {}, token);
  return data.me.quests.find(({ quest }: { quest: { name: string } }) => quest.name === 'three-days-in-a-row').state;
};

test('a player is paused for a vacation, and the pause is ended', async () => {
  const player = await newPlayer(stage.graph);
  const token = await stage.graph.tokenOf(player.name, player.password);
  await enter();
  await page.goto(`/operator/players/${await player.id()}`);
  await press('Pause all quests');
  await dialog()
    .getByRole('heading', { name: `Pause all quests for ${player.name}?` })
    .waitFor();
  expect(await obstacles(page)).toEqual([]);
  await dialog().getByLabel('To').fill(local(-3));
  await giveReason('two weeks in the mountains');
  await dialog().getByRole('button', { name: 'Pause' }).click();
  await dialog().getByRole('alert').getByText('to has to be later than from.').waitFor();
  await dialog().getByLabel('To').fill(local(14));
  await dialog().getByRole('button', { name: 'Pause' }).click();
  await dialog().waitFor({ state: 'hidden' });
  await untilEqual(() => stateOf(token), 'PAUSED', 'the quest of days to pause');

  await go('Pauses');
  const row = page.getByRole('row', { name: new RegExp(`^all ${player.name} .* two weeks in the mountains operator`) });
  await row.waitFor();
  expect(await obstacles(page)).toEqual([]);
  await row.getByRole('button', { name: 'End it now' }).click();
  await row.getByText('over').waitFor();
  await untilEqual(() => stateOf(token), 'OPEN', 'the quest of days to go on');
  await go('Audit log');
  await page.getByRole('row', { name: /operator end pause .* two weeks in the mountains/ }).waitFor();
});

test('a quest is paused for everybody on its page, and only one that counts something in a row', async () => {
  await enter();
  await go('Quests');
  await page.getByRole('link', { name: 'Regular guest' }).click();
  await page.getByRole('heading', { level: 2, name: 'Regular guest' }).waitFor();
  expect(await page.getByRole('button', { name: 'Pause' }).count()).toBe(0);
  await go('Quests');
  await page.getByRole('link', { name: 'Three days in a row' }).click();
  await press('Pause');
  await dialog().getByLabel('From').fill(local(30));
  await dialog().getByLabel('To').fill(local(31));
  await giveReason('we move house');
  await dialog().getByRole('button', { name: 'Pause' }).click();
  await dialog().waitFor({ state: 'hidden' });
  await go('Pauses');
  await page
    .getByRole('row', { name: /^Three days in a row everybody .* we move house operator End it now/ })
    .waitFor();
});

test('an outage is counted first and then made good', async () => {
  await enter();
  await go('Pauses');
  const form = page.getByRole('region', { name: 'Make good an outage' });
  const reason = `the login was down ${Date.now()}`;
  await form.getByLabel('From').fill(local(-1));
  expect(await form.getByRole('button', { name: 'Only count' }).isDisabled()).toBe(true);
  await form.getByLabel('To').fill(local(1));
  await form.getByRole('textbox', { name: 'Reason' }).fill(reason);
  await form.getByRole('button', { name: 'Only count' }).click();
  await form.getByRole('alert').getByText('to lies in the future').waitFor();
  await form.getByLabel('To').fill(local(-0.5));
  await form.getByRole('button', { name: 'Only count' }).click();
  const made = page.getByRole('region', { name: `Compensation: ${reason}` });
  await made.getByText('only counted').waitFor();
  await made.getByText('done', { exact: true }).waitFor();
  await made.getByText('0 players, 0 streaks').waitFor();
  expect(await obstacles(page)).toEqual([]);
  for (const _ of [1, 2]) await form.getByRole('button', { name: 'Pause it for those harmed' }).click();
  await untilEqual(() => made.count(), 2, 'the same outage to be made good once');
});
