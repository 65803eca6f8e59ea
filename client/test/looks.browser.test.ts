import type { BrowserContextOptions, Page } from 'playwright-core';
import { tellStory } from '../../local/story.ts';
import { obstacles } from './axe.ts';
import { type Stage, openStage, picture, signIn } from './browser.ts';
import { newPlayer } from './player.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.stop());

const devices: [string, BrowserContextOptions][] = [
  ['light', { viewport: { width: 1100, height: 720 }, colorScheme: 'light' }],
  ['dark', { viewport: { width: 1100, height: 720 }, colorScheme: 'dark' }],
  ['phone', { viewport: { width: 375, height: 740 }, colorScheme: 'light', isMobile: true, hasTouch: true }],
];

describe.each(devices)('the game, %s', (name, options) => {
  let page: Page;
  beforeAll(async () => {
    page = await (await stage.device({ ...options, reducedMotion: 'reduce' })).newPage();
    await page.goto('/');
  });
  afterAll(() => page?.context().close());

  /** Nothing serious in anyone's way, nothing beyond the edge, and a picture of it. */
  const judge = async (what: string) => {
    expect(await obstacles(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    await picture(page, `${what}-${name}`);
  };

  test('the sign-in page keeps nobody out', async () => {
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await judge('signIn');
    await page.getByRole('tab', { name: 'I am new here' }).click();
    expect(await obstacles(page)).toEqual([]);
    await page.getByRole('tab', { name: 'I have a name' }).click();
  });

  test('nor does the popup, nor what is behind it', async () => {
    const player = await newPlayer(stage.graph);
    await player.signInElsewhere(2, 3);
    await signIn(page, player.name, player.password);
    await page.getByRole('dialog', { name: 'Regular guest' }).waitFor();
    await judge('popup');
    await page.getByRole('button', { name: 'Later' }).click();
    await page.getByRole('region', { name: 'Waiting for you' }).waitFor();
    await page.getByRole('status').getByText('Live').waitFor();
    await player.signInElsewhere(1, 5);
    await page.getByRole('dialog', { name: 'Welcome back' }).waitFor();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('region', { name: 'Wallet' }).getByText('50 gold').waitFor();
    await page.getByRole('article', { name: 'Regular guest' }).getByText('1 more sign-in').waitFor();
    await judge('quests');
    await page.getByRole('button', { name: 'Claim' }).click();
    await page.getByRole('region', { name: 'Wallet' }).getByText('10 diamonds').waitFor();
    for (const tab of ['Payments', 'Events']) {
      await page.getByRole('tab', { name: tab }).click();
      await page.getByRole('tabpanel', { name: tab }).getByRole('listitem').first().waitFor();
      expect(await obstacles(page)).toEqual([]);
    }
  });
});

describe.each(devices)('the console, %s', (name, options) => {
  // What is told once is not told again.
  beforeAll(() => tellStory(stage.graph.url(), new AbortController().signal));

  test('keeps nobody out', async () => {
    const page = await (await stage.device({ ...options, reducedMotion: 'reduce' })).newPage();
    await page.goto('/operator');
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await obstacles(page)).toEqual([]);
    await signIn(page, 'operator', 'password');
    await page.getByRole('row', { name: /^Regular guest/ }).waitFor();
    expect(await obstacles(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    await page.mouse.move(0, 0);
    await picture(page, `console-${name}`);
    await page.getByRole('link', { name: 'Events', exact: true }).click();
    await page
      .getByRole('row', { name: /NewUserSignIn/ })
      .first()
      .waitFor();
    await page.getByRole('status').getByText('Following').waitFor();
    expect(await obstacles(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    await page.mouse.move(0, 0);
    await picture(page, `events-${name}`);
    await page.context().close();
  });
});

test('the first load of the game stays below 200 kB on the wire', async () => {
  const page = await (await stage.device()).newPage();
  await page.goto('/');
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  const sizes = await page.evaluate<number[]>(
    `performance.getEntries().filter((entry) => 'transferSize' in entry).map((entry) => entry.transferSize)`,
  );
  expect(sizes.length).toBeGreaterThanOrEqual(3); // the page, its script, its styles
  expect(Math.min(...sizes)).toBeGreaterThan(0);
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(200_000);
  await page.context().close();
});
