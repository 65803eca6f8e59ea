import { randomUUID } from 'node:crypto';
import type { BrowserContext, Page } from 'playwright-core';
import { obstacles } from './axe.ts';
import { type Stage, onDevices, signIn } from './browser.ts';
import { type Player, newPlayer } from './player.ts';

let stage: Stage;
let device: BrowserContext;
let page: Page;
onDevices('/', { reducedMotion: 'reduce' }, (place) => ({ stage, device, page } = place));

const card = (title: string) => page.getByRole('article', { name: title, exact: true });
const enter = (player: Player) => signIn(page, player.name, player.password);
const told = async (list: string, on: string) =>
  (await card(on).getByRole('list', { name: list }).getByRole('listitem').allInnerTexts()).map((text) =>
    text.replace(/\s+/g, ' ').trim(),
  );

async function publish(input: object): Promise<string> {
  const { data } = await stage.graph.ask(
    'mutation ($input: QuestInput!) { createQuest(input: $input) { id } }',
    { input: { title: 'A quest', rewards: [{ item: 'GOLD', quantity: 5 }], ...input } },
    await stage.graph.tokenOf('operator'),
  );
  return data.createQuest.id as string;
}
async function play(player: Player, ...events: [type: string, data?: object][]): Promise<void> {
  const [userId, service] = [await player.id(), await stage.graph.tokenOf('service')];
  const { errors } = await stage.graph.ask(
    'mutation ($events: [EventInput!]!) { recordEvents(events: $events) { id } }',
    {
      events: events.map(([type, data]) => ({
        id: randomUUID(),
        userId,
        type,
        occurredAt: new Date().toISOString(),
        data,
      })),
    },
    service,
  );
  expect(errors).toBeUndefined();
}

test('a quest shows each of its objectives, and one that is locked what opens it', async () => {
  const types = { won: `Won${Date.now()}`, slain: `Slain${Date.now()}` };
  const wins = { name: 'ranked-wins', events: [types.won], measure: 'COUNT', target: 3 };
  const damage = { name: 'damage', events: [types.won], measure: 'SUM', of: 'damage', target: 50_000 };
  const dragons = { name: 'dragons', events: [types.slain], measure: 'COUNT', target: 1 };
  await publish({ name: 'dragon-week', title: 'Dragon week', objectives: [wins, damage, dragons] });
  await publish({ name: 'either-way', title: 'Either way', objectives: [wins, dragons], completes: 'ANY' });
  await publish({
    name: 'after-the-dragon',
    title: 'After the dragon',
    objectives: [dragons],
    requires: ['dragon-week', 'either-way'],
  });
  const player = await newPlayer(stage.graph);
  await play(player, [types.won, { damage: 12_500 }], [types.won, { damage: 40_000 }]);
  await enter(player);
  await card('Dragon week').getByText('2 more to go').waitFor();
  expect(await told('Objectives', 'Dragon week')).toEqual([
    'Ranked wins 2 of 3',
    expect.stringMatching(/^Damage ✓ 52,500 of 50,000$/),
    'Dragons 0 of 1',
  ]);
  await card('Either way').getByText('One of these is enough').waitFor();
  await card('Either way').getByText('1 more to go').waitFor();
  await card('After the dragon').getByText('Locked', { exact: true }).waitFor();
  await card('After the dragon').getByText('Opens when you have completed Dragon week and Either way').waitFor();
  expect(await told('Objectives', 'After the dragon')).toEqual(['Dragons 0 of 1']);
  expect(await obstacles(page)).toEqual([]);

  await play(player, [types.slain], [types.won, { damage: 1 }]);
  // Popups come one after the other.
  for (const _ of ['Dragon week', 'Either way'])
    await page.getByRole('dialog').getByRole('button', { name: 'Later' }).click();
  await card('Dragon week').getByText('All done').waitFor();
  await card('After the dragon').getByText('1 more to go').waitFor();
});

test('a quest with steps shows which of them are reached, and what each pays', async () => {
  const type = `Climbed${Date.now()}`;
  const steps = [3, 6, 9].map((target) => ({ target, rewards: [{ item: 'GOLD', quantity: 10 * target }] }));
  const objective = { name: 'metres', events: [type], measure: 'COUNT', target: 9 };
  await publish({
    name: 'ladder',
    title: 'A ladder',
    objectives: [objective],
    steps,
    rewards: undefined,
    autoClaim: true,
  });
  const player = await newPlayer(stage.graph);
  await enter(player);
  await card('A ladder').getByText('3 more to go').waitFor();
  await play(player, ...Array.from({ length: 4 }, (): [string] => [type]));
  await page.getByRole('dialog').getByRole('button', { name: 'Continue' }).click();
  await card('A ladder').getByText('2 more to go').waitFor();
  expect(await told('Steps on the way', 'A ladder')).toEqual([
    '✓ 3 reached 30 gold',
    '6 not reached yet 60 gold',
    '9 not reached yet 90 gold',
  ]);
  expect(await obstacles(page)).toEqual([]);
});

test('a quest that pauses says that nothing is lost meanwhile', async () => {
  const player = await newPlayer(stage.graph);
  const operator = await stage.graph.tokenOf('operator');
  await stage.graph.ask(
    'mutation ($userId: ID!) { pauseQuests(userId: $userId, reason: "on vacation") { id } }',
    { userId: await player.id() },
    operator,
  );
  await enter(player);
  const quest = card('Three days in a row');
  await quest.getByText('Paused', { exact: true }).waitFor();
  await quest.getByText('2 more days in a row; no streak is lost meanwhile').waitFor();
  expect(await quest.getByText(/^Resets/).count()).toBe(0);
  await card('Regular guest')
    .getByText(/more sign-ins?$/)
    .waitFor();
  expect(await card('Regular guest').getByText('Paused').count()).toBe(0);
  expect(await obstacles(page)).toEqual([]);
});

test('a player chooses a display name of any script, and is told what is none', async () => {
  const player = await newPlayer(stage.graph);
  await enter(player);
  const account = page.getByRole('region', { name: 'Your account' });
  const field = account.getByRole('textbox', { name: 'Display name' });
  const change = account.getByRole('button', { name: 'Change it' });
  await field.waitFor();
  expect([await field.inputValue(), await change.isDisabled()]).toEqual([player.name, true]);
  for (const [typed, sentence] of [
    ['x'.repeat(41), '1 to 40 characters'],
    ['\u200b', 'something to be seen'],
    ['abc\u202edef', 'direction'],
  ] as const) {
    await field.fill(typed);
    await change.click();
    await account.getByRole('alert').getByText(sentence).waitFor();
    expect(await field.inputValue()).toBe(typed);
  }
  expect(await obstacles(page)).toEqual([]);
  // Decomposed as some keyboards write it, with a family of four as one character.
  await field.fill('  Zoe\u0301 春 👨‍👩‍👧‍👦 ');
  await change.click();
  await account.getByRole('status').getByText('You are called Zoé 春 👨‍👩‍👧‍👦 now.').waitFor();
  expect(await field.inputValue()).toBe('Zo\u00e9 春 👨‍👩‍👧‍👦');
  await page.getByRole('banner').getByText('Zo\u00e9 春 👨‍👩‍👧‍👦').waitFor();
  await page.reload();
  await page.getByRole('banner').getByText('Zo\u00e9 春 👨‍👩‍👧‍👦').waitFor();
});

test('a guest whose device does not know where it is, is told whose midnights count, once', async () => {
  await device.addInitScript(`{
    const { resolvedOptions } = Intl.DateTimeFormat.prototype;
    Intl.DateTimeFormat.prototype.resolvedOptions = function () { return { ...resolvedOptions.call(this), timeZone: 'Etc/Unknown' }; };
  }`);
  await page.reload();
  await page.getByRole('button', { name: 'Play as guest' }).click();
  const notice = page.getByRole('status').filter({ hasText: 'is not the name of an IANA time zone' });
  await notice.waitFor();
  expect(await obstacles(page)).toEqual([]);
  await notice.getByRole('button', { name: 'Close' }).click();
  await notice.waitFor({ state: 'hidden' });
  await page.reload();
  await card('Regular guest').waitFor();
  expect(await notice.count()).toBe(0);
});
