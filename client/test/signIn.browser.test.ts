import type { Page } from 'playwright-core';
import { until } from '../../shared/testing/harness.ts';
import { obstacles } from './axe.ts';
import { type Stage, kept, onDevices, shortLived, signIn, signOut } from './browser.ts';
import { type Player, newPlayer } from './player.ts';

let stage: Stage;
let page: Page;
onDevices('/', {}, (place) => ({ stage, page } = place));

const regularGuest = (on = page) => on.getByRole('dialog', { name: 'Regular guest' });
const wallet = (on = page) => on.getByRole('region', { name: 'Wallet' });
const light = (on = page) => on.getByRole('status');
const enter = (player: Player, on = page) => signIn(on, player.name, player.password);
const press = (name: string, on = page) => on.getByRole('button', { name, exact: true }).click();
const isLive = (on = page) => light(on).getByText('Live').waitFor();

test('a token that the graph refuses is renewed while the player notices nothing', async () => {
  const player = await newPlayer(stage.graph);
  await enter(player);
  await isLive();
  const session = await kept(page, 'questline.game');
  const ended = { ...session, accessToken: String(session!['accessToken']).replace(/.{8}$/, 'AAAAAAAA') };
  await page.evaluate(`localStorage.setItem('questline.game', ${JSON.stringify(JSON.stringify(ended))})`);
  await page.reload();
  await isLive();
  await wallet().getByText('0 diamonds').waitFor();
  await player.signInElsewhere(1, 3);
  await regularGuest().waitFor();
  expect((await kept(page, 'questline.game'))!['refreshToken']).not.toBe(session!['refreshToken']);
});

test('a token that ends while the page is open is renewed, and the next popup comes', async () => {
  const player = await newPlayer(stage.graph);
  await enter(player);
  await isLive();
  const short = await shortLived(page, stage.graph, 'questline.game');
  await isLive();
  await until(async () => (await kept(page, 'questline.game'))!['accessToken'] !== short, 'the token to be renewed');
  await isLive();
  await player.signInElsewhere(1, 3);
  await regularGuest().waitFor();
  await press('Claim');
  await wallet().getByText('10 diamonds').waitFor();
});

test('a quest of days shows the last week, what is missing and when the streak is lost', async () => {
  await enter(await newPlayer(stage.graph));
  const quest = page.getByRole('article', { name: 'Three days in a row' });
  await quest.getByText('2 more days in a row').waitFor();
  await quest.getByText(/^Resets /).waitFor();
  const days = quest.getByRole('list', { name: 'The last 7 days' }).getByRole('img');
  expect(await days.count()).toBe(7);
  expect(await days.last().getAttribute('aria-label')).toMatch(/^\w+day,? .+: done$/);
  expect(await days.first().getAttribute('aria-label')).toMatch(/: missed$/);
  expect(await obstacles(page)).toEqual([]);
});

test('a session that ends while the page is open leads to the sign-in page at once, which says why', async () => {
  const player = await newPlayer(stage.graph);
  await enter(player);
  await isLive();
  await player.endAllSessions();
  await page.getByRole('alert').getByText('Your session has ended. Please sign in again.').waitFor();
});

test('a session that was ended elsewhere leads to the sign-in page, which says why', async () => {
  const player = await newPlayer(stage.graph);
  await enter(player);
  await isLive();
  await player.endAllSessions();
  await page.reload();
  await page.getByRole('alert').getByText('Your session has ended. Please sign in again.').waitFor();
  await enter(player);
});

test('a refused sign-in says why, and what was typed stays', async () => {
  await page.getByRole('textbox', { name: 'Name' }).fill('user');
  await page.getByRole('textbox', { name: 'Password' }).fill('a guess');
  await press('Sign in');
  await page.getByRole('alert').getByText('The name or the password is wrong.').waitFor();
  expect(await obstacles(page)).toEqual([]);
  expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('user');
  stage.network.cut();
  await press('Sign in');
  await page.getByRole('alert').getByText('The server cannot be reached.').waitFor();
});

test('a new player signs up in the time zone of the device', async () => {
  await page.getByRole('tab', { name: 'I am new here' }).click();
  await page.getByText('Your days begin at midnight in Europe/Berlin.').waitFor();
  await page.getByRole('textbox', { name: 'Name' }).fill('x');
  await page.getByRole('textbox', { name: 'Password' }).fill('correct horse battery');
  await press('Sign up');
  await page.getByRole('alert').getByText('3 to 32 characters').waitFor();
  const name = `new-${Date.now().toString(36)}`;
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await press('Sign up');
  await page.getByRole('article', { name: 'Regular guest' }).getByText('2 more sign-ins').waitFor();
  const { data } = await stage.graph.ask(
    '{ me { timeZone } }',
    {},
    await stage.graph.tokenOf(name, 'correct horse battery'),
  );
  expect(data.me.timeZone).toBe('Europe/Berlin');
});

test('one button lets a guest in, who is the same guest the next time', async () => {
  await press('Play as guest');
  const name = await page.getByText(/^Guest [A-Z0-9]+$/).textContent();
  await signOut(page);
  await press('Play as guest');
  await page.getByText(name!).waitFor();
  await page.getByRole('article', { name: 'Regular guest' }).getByText('1 more sign-in').waitFor();
});

test('it is played by keyboard alone', async () => {
  const player = await newPlayer(stage.graph);
  await player.signInElsewhere(2, 3);
  await page.getByRole('textbox', { name: 'Name' }).focus();
  await page.keyboard.type(player.name);
  await page.keyboard.press('Tab');
  await page.keyboard.type(player.password);
  await page.keyboard.press('Enter');
  await regularGuest().getByRole('button', { name: 'Claim' }).and(page.locator(':focus')).waitFor();
  await page.keyboard.press('Enter');
  await wallet().getByText('10 diamonds').waitFor();
});

test('an account is deleted by its player, who shows the password once more, and guests show none', async () => {
  const player = await newPlayer(stage.graph);
  await enter(player);
  await isLive();
  await press('Delete my account');
  const dialog = page.getByRole('dialog', { name: 'Delete your account?' });
  await dialog.getByLabel('Password').fill('battery horse correct');
  await press('Delete it for good');
  await dialog.getByRole('alert').getByText('The password is wrong.').waitFor();
  expect(await obstacles(page)).toEqual([]);
  await dialog.getByLabel('Password').fill(player.password);
  await press('Delete it for good');
  await page.getByText('Your account has been deleted.').waitFor();
  await press('Play as guest');
  await isLive();
  await press('Delete my account');
  await press('Delete it for good');
  await page.getByText('Your account has been deleted.').waitFor();
});
