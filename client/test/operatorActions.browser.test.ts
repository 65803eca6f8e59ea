import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { BrowserContext, Page } from 'playwright-core';
import { connect } from '../../local/sql.ts';
import { Seal } from '../../shared/events.ts';
import { untilEqual } from '../../shared/testing/harness.ts';
import { obstacles } from './axe.ts';
import { type Stage, signIn } from './browser.ts';
import { onConsole, operating } from './operator.ts';
import { newPlayer } from './player.ts';

let stage: Stage;
let device: BrowserContext;
let page: Page;
onConsole((place) => ({ stage, device, page } = place));
const { enter, giveReason, go, press, rows } = operating(() => page);

test('a player cannot open the console, whichever page is asked for', async () => {
  const player = await newPlayer(stage.graph);
  await page.goto('/operator/quests/new');
  await signIn(page, player.name, player.password);
  await page.getByRole('heading', { name: 'This console is for operators' }).waitFor();
  expect(await page.getByRole('navigation').count()).toBe(0);
  expect(await obstacles(page)).toEqual([]);
});

test('a reward is given with a reason that the player and the record keep', async () => {
  const player = await newPlayer(stage.graph);
  await enter();
  await page.goto(`/operator/players/${await player.id()}`);
  const form = page.getByRole('region', { name: 'Give a reward' });
  await form.getByRole('textbox', { name: 'Quantity' }).fill('25');
  await form.getByText(`${player.name} owns 0 diamonds and will own 25 diamonds.`).waitFor();
  expect(await form.getByRole('button', { name: 'Give' }).isDisabled()).toBe(true);
  await form.getByRole('textbox', { name: 'Reason' }).fill('for the lost match');
  await form.getByRole('textbox', { name: 'Item' }).fill('diamond');
  await form.getByRole('button', { name: 'Give' }).click();
  await form.getByRole('alert').getByText('A-Z').waitFor();
  await form.getByRole('textbox', { name: 'Item' }).fill('DIAMOND');
  await form.getByRole('button', { name: 'Give' }).click();
  await form.getByRole('status').getByText('It was given').waitFor();
  await page.getByRole('row', { name: /Given: for the lost match 25 diamonds 25/ }).waitFor();
  expect(await obstacles(page)).toEqual([]);
  expect((await player.me()).wallet.diamonds).toBe(25);

  const window = await device.newPage();
  await window.goto('/');
  await signIn(window, player.name, player.password);
  await window.getByRole('region', { name: 'Wallet' }).getByText('25 diamonds').waitFor();
  await window.getByRole('tab', { name: 'Payments' }).click();
  await window.getByText('a gift: for the lost match').waitFor();

  await go('Audit log');
  await page.getByRole('textbox', { name: 'Action' }).click();
  await page.getByRole('option', { name: 'grant reward' }).click();
  await page.getByRole('row', { name: /operator grant reward .* for the lost match DIAMOND: 0 25/ }).waitFor();
  const actions = async () => (await rows()).map(([, , action]) => action);
  await untilEqual(actions, ['grant reward'], 'nothing but the grant to be listed');
});

interface Letter {
  id: number;
  source: string;
  eventId: string;
  sealed: string;
}
const setAside = async (subgraph: 'auth' | 'progress', { id, source, eventId, sealed }: Letter) => {
  const sql = await connect(stage.graph.databases[subgraph]);
  await sql.query(
    `insert into dead_letter (id, source, event_id, sealed, error, attempts) overriding system value
     values ($1, $2, $3, $4, 'why', 5)`,
    [id, source, eventId, sealed],
  );
  await sql.end();
};

test('an event that cannot be applied is tried again and given up, both on record', async () => {
  await setAside('progress', { id: 17, source: 'auth', eventId: 'e-17', sealed: 'not sealed' });
  await enter();
  await go('Dead letters');
  await press('Try now');
  await page.getByText('It failed again.').waitFor();
  await press('Give up');
  expect(await page.getByRole('button', { name: 'Give it up' }).isDisabled()).toBe(true);
  await giveReason('nobody sent it');
  expect(await obstacles(page)).toEqual([]);
  await press('Give it up');
  await page.getByText('Every event that came was applied.').waitFor();
  await go('Audit log');
  await page
    .getByRole('row', { name: /discard dead letter auth e-17 nobody sent it event: set aside given up/ })
    .waitFor();
  await page
    .getByRole('row', { name: /replay dead letter auth e-17 none given event: set aside failed again/ })
    .waitFor();
});

test('each subgraph has its letters: what auth could not put on record gets there when it is tried again, or is given up', async () => {
  const entry = { actorId: randomUUID(), action: 'CREATE_QUEST', targetId: randomUUID(), targetName: 'lost-quest' };
  const data = { ...entry, reason: 'nearly lost', changes: [], outcome: 'DONE', requestId: randomUUID() };
  const envelope = { id: randomUUID(), source: 'catalog', type: 'OperatorActed', version: 1, userId: null, data };
  const seal = new Seal(stage.graph.secrets.eventSecret);
  const sealed = seal.close('catalog', JSON.stringify({ ...envelope, occurredAt: new Date().toISOString() }));
  await setAside('auth', { id: 17, source: 'catalog', eventId: envelope.id, sealed });
  await setAside('auth', { id: 18, source: 'catalog', eventId: 'e-18', sealed: 'unreadable' });
  // What has the same number in another subgraph is another letter.
  await setAside('progress', { id: 18, source: 'auth', eventId: 'e-19', sealed: 'for progress' });
  await enter();
  await page.getByRole('link', { name: '3 events could not be applied.' }).click();
  const [auth, progress] = ['auth', 'progress'].map((subgraph) => page.getByRole('region', { name: `In ${subgraph}` }));
  await auth!.getByText('unreadable').waitFor();
  await auth!.getByText('lost-quest').waitFor();
  await progress!.getByText('for progress').waitFor();
  expect(await obstacles(page)).toEqual([]);
  // The last one set aside comes first.
  await auth!.getByRole('button', { name: 'Try now' }).nth(1).click();
  await auth!.getByText('lost-quest').waitFor({ state: 'detached' });
  await auth!.getByRole('button', { name: 'Give up' }).click();
  await giveReason('a forgery');
  await press('Give it up');
  await auth!.getByText('No audit entry that came waits to be stored.').waitFor();
  await progress!.getByRole('button', { name: 'Give up' }).click();
  await giveReason('a test');
  await press('Give it up');
  await progress!.getByText('Every event that came was applied.').waitFor();
  await go('Audit log');
  await page.getByRole('row', { name: /create quest lost-quest nearly lost/ }).waitFor();
  await page.getByRole('row', { name: /replay auth dead letter catalog .* event: set aside applied/ }).waitFor();
  await page
    .getByRole('row', { name: /discard auth dead letter catalog e-18 a forgery event: set aside given up/ })
    .waitFor();
});

test('the audit log has pages, is read by action and by person, and says when there is nothing of the kind', async () => {
  const player = await newPlayer(stage.graph);
  const { data } = await stage.graph.ask('mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }', {
    input: { name: player.name, password: player.password },
  });
  for (let n = 0; n < 22; n++)
    await stage.graph.ask('mutation { archiveQuest(id: "1") { id } }', {}, data.signIn.accessToken);
  await enter();
  await go('Audit log');
  await page
    .getByRole('row', { name: new RegExp(`${player.name} archive quest refused`) })
    .first()
    .waitFor();
  await page.getByRole('button', { name: player.name }).first().click();
  await page.getByRole('button', { name: `Not only ${player.name}` }).waitFor();
  const who = async () => (await rows()).map(([, actor]) => actor);
  await untilEqual(who, Array<string>(20).fill(player.name), 'the twenty that are kept of this player to be listed');
  await press(`Not only ${player.name}`);
  await press('Older');
  await page.getByRole('button', { name: 'Newer', exact: true, disabled: false }).waitFor();
  await page.getByRole('textbox', { name: 'Action' }).click();
  await page.getByRole('option', { name: 'reuse refresh token' }).click();
  await page.getByText('Nothing of the kind is on record.').waitFor();
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
  await giveReason('sells accounts');
  await press(`Ban ${player.name}`);
  await page.getByText('BANNED').waitFor();
  await expect(stage.graph.tokenOf(player.name, player.password)).rejects.toThrow('banned');
  await press('Lift the ban');
  await giveReason('it was the brother');
  await press(`Let ${player.name} in`);
  await page.getByText('ACTIVE').waitFor();
  await stage.graph.tokenOf(player.name, player.password);
  await go('Audit log');
  await page.getByRole('row', { name: `ban user ${player.name} sells accounts status: ACTIVE BANNED` }).waitFor();
  await page.getByRole('row', { name: `unban user ${player.name} it was the brother` }).waitFor();
  expect(await obstacles(page)).toEqual([]);
});

test('everything that is kept of a player is handed out, and the player deleted once the name was typed', async () => {
  const player = await newPlayer(stage.graph);
  await enter();
  await page.goto(`/operator/players/${await player.id()}`);
  const download = page.waitForEvent('download');
  await press('Download all data');
  const lines = readFileSync(await (await download).path(), 'utf8')
    .trimEnd()
    .split('\n');
  const kinds = lines.map((line) => (JSON.parse(line) as { kind: string }).kind);
  expect(kinds).toEqual(expect.arrayContaining(['ACCOUNT', 'SESSION', 'PLAYER', 'EVENT']));
  await press('Delete');
  const confirm = page.getByRole('button', { name: 'Delete for good' });
  expect(await confirm.isDisabled()).toBe(true);
  await page.getByRole('textbox', { name: `Type ${player.name} to confirm` }).fill(player.name);
  expect(await obstacles(page)).toEqual([]);
  await confirm.click();
  await page.getByRole('textbox', { name: 'Name or id' }).waitFor();
  await expect(stage.graph.tokenOf(player.name, player.password)).rejects.toThrow('name or the password is wrong');
});
