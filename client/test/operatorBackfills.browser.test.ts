import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { untilEqual } from '../../shared/testing/harness.ts';
import { obstacles } from './axe.ts';
import type { Stage } from './browser.ts';
import { onConsole, operating } from './operator.ts';
import { newPlayer } from './player.ts';

let stage: Stage;
let page: Page;
onConsole((place) => ({ stage, page } = place));
const { enter, fill, press } = operating(() => page);

/** Long enough ago to be the past. */
const hourAgo = () => new Date(Date.now() - 3_600_000).toISOString();

test('what has happened is counted and paid when a quest is published, within what may be paid', async () => {
  const player = await newPlayer(stage.graph);
  const userId = await player.id();
  await stage.graph.ask(
    'mutation ($events: [EventInput!]!) { recordEvents(events: $events) { id } }',
    { events: [1, 2, 3].map(() => ({ id: randomUUID(), userId, type: 'CoinFound', occurredAt: hourAgo() })) },
    await stage.graph.tokenOf('service'),
  );
  await enter();
  const publish = async (title: string, atMost: string) => {
    await page.goto('/operator/quests/new');
    await fill('Title', title);
    await fill('Unique name', `quest-${randomUUID().slice(0, 8)}`);
    await fill('Event that counts', 'CoinFound');
    await fill('Item', 'GOLD');
    await fill('Quantity', '5');
    await page.getByRole('switch', { name: 'Pays at once, without a claim' }).press('Space');
    await fill('Starts at', new Date(Date.now() - 2 * 3_600_000).toISOString());
    await press('Review and store');
    const review = page.getByRole('dialog');
    await review.getByRole('textbox', { name: 'What has happened before' }).click();
    await page.getByRole('option', { name: 'Counts and pays, without popups' }).click();
    await fill('Paid for it at most', atMost);
    await fill('Reason', 'for those who were early');
    await press('Store');
    await page.getByRole('heading', { level: 2, name: title }).waitFor();
  };
  const job = (title: string) => page.getByRole('region', { name: `Backfill of ${title}` });

  await publish('Too dear', '4 GOLD');
  await page.goto('/operator/backfills');
  await job('Too dear').getByText('refused: it would have paid too much').waitFor();
  expect(await obstacles(page)).toEqual([]);
  await publish('Three coins', '5 GOLD');
  await press('What the past would pay');
  await job('Three coins').getByText('only counts').waitFor();
  await job('Three coins').last().getByText('done', { exact: true }).waitFor();
  await job('Three coins').last().getByText('1 completions, 5 GOLD').waitFor();
  expect(await obstacles(page)).toEqual([]);
  await untilEqual(async () => (await player.me()).wallet.gold, 5, 'five pieces of gold to be paid');
});
