import type { BrowserContext, Page } from 'playwright-core';
import { until } from '../../shared/testing/harness.ts';
import { type Stage, kept, onDevices, signIn, signOut } from './browser.ts';
import { type Player, newPlayer } from './player.ts';

let stage: Stage;
let device: BrowserContext;
let page: Page;
onDevices('/', {}, (place) => ({ stage, device, page } = place));

const popup = (on = page) => on.getByRole('dialog');
const regularGuest = (on = page) => on.getByRole('dialog', { name: 'Regular guest' });
const welcomeBack = (on = page) => on.getByRole('dialog', { name: 'Welcome back' });
const wallet = (on = page) => on.getByRole('region', { name: 'Wallet' });
const light = (on = page) => on.getByRole('status');
const enter = (player: Player, on = page) => signIn(on, player.name, player.password);
const press = (name: string, on = page) => on.getByRole('button', { name, exact: true }).click();
const isLive = (on = page) => light(on).getByText('Live').waitFor();

/** Nothing is left to pop up: what was put away on this device is all that the stream holds. */
const allPutAway = async (player: Player) => {
  const { questCursor } = await player.me();
  await until(
    async () => (await kept(page, 'questline.seen.'))?.['cursor'] === questCursor,
    'all popups to be put away',
  );
  expect(await popup().count()).toBe(0);
};

test('the third sign-in pops up once, one press claims it, and the wallet shows it', async () => {
  const player = await newPlayer(stage.graph);
  await enter(player);
  await page.getByRole('article', { name: 'Regular guest' }).getByText('1 more sign-in').waitFor();
  expect(await popup().count()).toBe(0);
  await signOut(page);
  await enter(player);
  await regularGuest().waitFor();
  await popup().getByText('10 diamonds').waitFor();
  await press('Claim');
  await wallet().getByText('10 diamonds').waitFor();
  await allPutAway(player);

  await page.reload();
  await isLive();
  await allPutAway(player);
  expect((await player.me()).wallet.diamonds).toBe(10);
});

test('the sixth sign-in pops up again, and no later one does', async () => {
  const player = await newPlayer(stage.graph);
  await enter(player);
  await isLive();
  await player.signInElsewhere(6, 8);
  await press('Claim');
  await welcomeBack().waitFor();
  await press('Continue');
  await regularGuest().waitFor();
  await press('Claim');
  await wallet().getByText('20 diamonds').waitFor();
  await allPutAway(player);
  await page.getByRole('article', { name: 'Regular guest' }).getByText('All done').waitFor();
});

test('a device that was never here shows what waits to be claimed', async () => {
  const player = await newPlayer(stage.graph);
  await player.signInElsewhere(2, 3);
  await enter(player);
  await regularGuest().waitFor();
  await press('Later');
  await page.getByRole('region', { name: 'Waiting for you' }).getByRole('button', { name: 'Claim' }).click();
  await wallet().getByText('10 diamonds').waitFor();
  await allPutAway(player);
});

test('what happens while the network is cut pops up after it, in order, and a reload in between loses none', async () => {
  const player = await newPlayer(stage.graph);
  await enter(player);
  await isLive();
  stage.network.cut();
  await light().getByText('Reconnecting').waitFor();
  await player.signInElsewhere(4, 6);
  expect(await popup().count()).toBe(0);

  stage.network.mend();
  await regularGuest().waitFor();
  await isLive();
  await press('Claim');
  await welcomeBack().waitFor();
  await page.reload();
  await welcomeBack().waitFor();
  await press('Continue');
  await regularGuest().waitFor();
  await press('Claim');
  await wallet().getByText('20 diamonds').waitFor();
  await allPutAway(player);
});

test('a restart of the whole system neither loses a popup nor repeats one', async () => {
  const player = await newPlayer(stage.graph);
  await enter(player);
  await isLive();
  await player.signInElsewhere(1, 3);
  await regularGuest().waitFor();
  await stage.graph.restart();
  await press('Claim');
  await wallet().getByText('10 diamonds').waitFor();
  await isLive();
  await player.signInElsewhere(2, 5);
  await welcomeBack().waitFor();
  await press('Continue');
  await allPutAway(player);
});

test('when the device goes offline the light says so', async () => {
  await enter(await newPlayer(stage.graph));
  await isLive();
  await device.setOffline(true);
  await light().getByText('Offline').waitFor();
  await device.setOffline(false);
  await isLive();
});

test('two tabs show the same: a popup put away in one is gone in the other, and so is the session', async () => {
  const player = await newPlayer(stage.graph);
  await enter(player);
  const other = await device.newPage();
  await other.goto('/');
  await Promise.all([isLive(), isLive(other)]);
  await player.signInElsewhere(1, 3);
  await Promise.all([regularGuest().waitFor(), regularGuest(other).waitFor()]);
  await press('Claim', other);
  await popup().waitFor({ state: 'detached' });
  await Promise.all([wallet().getByText('10 diamonds').waitFor(), wallet(other).getByText('10 diamonds').waitFor()]);
  await signOut(other);
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
});
