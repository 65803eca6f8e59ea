import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { startGateway } from '../../gateway/server.ts';
import { clientFolder } from '../../local/client.ts';
import { freePort } from '../../local/ports.ts';
import { connect } from '../../local/sql.ts';
import { log } from '../../local/test/graph.ts';
import { remoteKeys } from '../../shared/identity.ts';
import { until, untilEqual } from '../../shared/testing/harness.ts';
import { obstacles } from './axe.ts';
import { type Stage, kept, shortLived, signIn } from './browser.ts';
import { onConsole, operating } from './operator.ts';
import { newPlayer } from './player.ts';

let stage: Stage;
let page: Page;
onConsole((place) => ({ stage, page } = place));
const { enter, fill, go, press, rows } = operating(() => page);

test('the tail shows a sign-in as it happens, and filters find it again', async () => {
  const player = await newPlayer(stage.graph);
  await enter();
  await go('Events');
  await page.getByRole('status').getByText('Following').waitFor();
  // Somebody else's sign-ins, until the tail is known to follow: the first may be in the list, which is asked for once more at its beginning.
  const shown = page.getByRole('row', { name: /UserSignIn user auth/ });
  for (let time = 0; time < 2; time++) {
    const before = await shown.count();
    await until(async () => {
      await stage.graph.tokenOf('user');
      return (await shown.count()) > before;
    }, `more than ${before} sign-ins to be shown`);
  }

  const his = page.getByRole('row', { name: new RegExp(` UserSignIn ${player.name} auth`) });
  await player.signInElsewhere(1, 2);
  await his.waitFor();
  expect(await obstacles(page)).toEqual([]);

  await fill('Player', player.name.toUpperCase());
  const listed = async () => (await rows()).map(([, ...cells]) => cells.slice(0, 3).join(' ')).sort();
  const ofPlayer = ['NewUserSignIn', 'UserActive', 'UserSignIn'].map((type) => `${type} ${player.name} auth`);
  await untilEqual(listed, ofPlayer, 'the rows to be those of this player and no other');
  await fill('Type', 'NewUserSignIn');
  await untilEqual(listed, ofPlayer.slice(0, 1), 'the rows to be those of this type and no other');
  await fill('Type', 'NothingLikeIt');
  await page.getByText('Nothing like this was recorded.').waitFor();
  await fill('Player', 'nobody-at-all');
  await page.getByText('Nobody is called this.').waitFor();
  expect(await obstacles(page)).toEqual([]);
  await press('Clear');
  await his.waitFor();
  await page.getByRole('link', { name: player.name }).first().click();
  await page.getByRole('heading', { level: 2, name: player.name }).waitFor();
});

test('an event of somebody whom nobody knows does not hide the others', async () => {
  const player = await newPlayer(stage.graph);
  const service = await stage.graph.tokenOf('service');
  const userId = randomUUID();
  // Progress knows of a sign-in that auth has lost.
  const progress = await connect(stage.graph.databases.progress);
  await progress.query('insert into player (user_id) values ($1)', [userId]);
  await progress.end();
  const { errors } = await stage.graph.ask(
    'mutation ($events: [EventInput!]!) { recordEvents(events: $events) { id } }',
    { events: [{ id: userId, userId, type: 'MatchWon', occurredAt: new Date() }] },
    service,
  );
  expect(errors).toBeUndefined();
  await enter();
  await go('Events');
  const areShown = async () => {
    await page.getByRole('row', { name: new RegExp(`MatchWon ${userId.slice(0, 8)} service`) }).waitFor();
    await page.getByRole('row', { name: new RegExp(` NewUserSignIn ${player.name} auth`) }).waitFor();
  };
  await areShown();
  await page.locator('label', { hasText: 'Live' }).click();
  await page.getByRole('switch', { name: 'Live', checked: false }).waitFor();
  await page.getByRole('status').waitFor({ state: 'detached' });
  await areShown();
  await page.getByRole('switch', { name: 'Live' }).press('Space');
  await page.getByRole('status').getByText('Following').waitFor();
  await areShown();
});

/** A gateway that this subgraph does not answer. */
async function startWithout(subgraph: 'catalog' | 'progress') {
  const { graph } = stage;
  return startGateway({
    host: '127.0.0.1',
    port: 0,
    supergraph: {
      file: 'supergraph.yaml',
      urls: { ...graph.subgraphs(), [subgraph]: `http://127.0.0.1:${await freePort()}/graphql` },
    },
    gatewaySecret: graph.secrets.gatewaySecret,
    keys: remoteKeys(new URL('/.well-known/jwks.json', graph.subgraphs().auth).href),
    development: false,
    allowedOrigins: [],
    clientFolder,
    log,
  });
}

/** An operator at its console. */
async function enterWithout(subgraph: Parameters<typeof startWithout>[0]) {
  await using opening = new AsyncDisposableStack();
  const { url, stop } = await startWithout(subgraph);
  opening.defer(stop);
  await page.goto(new URL('/operator', url).href);
  await enter();
  const open = opening.move();
  return { url, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

test('a subgraph that is down is shown as such, and what the others know stays', async () => {
  await using gateway = await enterWithout('catalog');
  const { url } = gateway;
  const processes = page.getByRole('region', { name: 'Processes' });
  await processes.getByRole('row', { name: 'catalog down' }).waitFor();
  for (const name of ['gateway answers', 'auth answers 0 0 s 0 s', 'progress answers 0 0 s 0 s'])
    await processes.getByRole('row', { name }).waitFor();
  await processes.getByText('Every event that came was applied.').waitFor();
  await page.getByText('Sign-ins today').waitFor();
  expect(await obstacles(page)).toEqual([]);
  // Nor is there a clock to be moved, which only the local system has.
  expect((await fetch(new URL('/demo/clock', url))).status).toBe(404);
  expect(await page.getByRole('button', { name: 'Advance a day' }).count()).toBe(0);
});

test('while progress is down nobody claims that every event was applied, and the letters of auth are there', async () => {
  await using _ = await enterWithout('progress');
  const processes = page.getByRole('region', { name: 'Processes' });
  await processes.getByRole('row', { name: 'progress down' }).waitFor();
  expect(await processes.getByText('Every event that came was applied.').count()).toBe(0);
  await go('Dead letters');
  await page.getByRole('region', { name: 'In progress' }).getByRole('alert').waitFor();
  await page.getByRole('region', { name: 'In auth' }).getByText('No audit entry that came waits').waitFor();
});

test('a session that ends while the page is open leads to the door, which says why', async () => {
  const { graph } = stage;
  const name = `o${randomUUID().slice(0, 12)}`;
  const password = 'correct horse battery';
  const { data } = await graph.ask('mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }', {
    input: { name, password },
  });
  const connection = await connect(graph.databases.auth);
  await connection.query("update users set roles = '{OPERATOR}' where name = $1", [name]);
  await connection.end();
  await signIn(page, name, password);
  await go('Events');
  await page.getByRole('status').getByText('Following').waitFor();
  await graph.ask('mutation { signOut(everywhere: true) }', {}, data.signUp.accessToken);
  await page.getByRole('alert').getByText('Your session has ended. Please sign in again.').waitFor();
  expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('');
});

test('an access token that ends while the page is open is renewed, and the tail goes on', async () => {
  await enter();
  const short = await shortLived(page, stage.graph, 'questline.operator');
  await go('Events');
  await page.getByRole('status').getByText('Following').waitFor();
  await until(
    async () => (await kept(page, 'questline.operator'))!['accessToken'] !== short,
    'the token to be renewed',
  );
  await page.getByRole('status').getByText('Following').waitFor();
  const player = await newPlayer(stage.graph);
  await page.getByRole('row', { name: new RegExp(` NewUserSignIn ${player.name} auth`) }).waitFor();
});

test('it tells what is missing, and an empty list says what to do', async () => {
  await enter();
  await page.goto('/operator/players/nobody');
  await page.getByText('There is no player with this id').waitFor();
  await go('Dead letters');
  await page.getByText('Every event that came was applied.').waitFor();
  await page.getByText('No audit entry that came waits to be stored.').waitFor();
  expect(await obstacles(page)).toEqual([]);
  await go('Explore the graph');
  expect(await page.getByRole('link', { name: 'GraphiQL' }).getAttribute('href')).toBe('/graphiql');
  expect(await obstacles(page)).toEqual([]);
});

test('a day is advanced in the demo, and what was today is yesterday', async () => {
  await stage.graph.tokenOf('user');
  await enter();
  const figure = page.getByText('Sign-ins today').locator('..');
  await until(async () => !/today0$/.test((await figure.textContent()) ?? '0'), 'the sign-in to be counted');
  const time = page.getByRole('status').getByText('In the demo it is');
  const before = await time.textContent();
  await press('Advance a day');
  await until(async () => (await time.textContent()) !== before, 'the time to be another');
  await until(async () => /today0$/.test((await figure.textContent())!), 'nobody to have signed in today');
  expect(await obstacles(page)).toEqual([]);
});
