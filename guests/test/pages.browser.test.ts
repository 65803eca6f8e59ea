import type { Browser, Page } from 'playwright-core';
import { obstacles } from '../../client/test/axe.ts';
import { openBrowser } from '../../client/test/browser.ts';
import { type Graph, graphForTests } from '../../local/test/graph.ts';
import { until } from '../../shared/testing/harness.ts';
import joining from '../join.ts';
import { newcomer } from './graph.ts';

/** The pages that guests bring, in a real browser, which asks nobody else. */
const graph = graphForTests(joining);
let browser: Browser;
let page: Page;
let player: Awaited<ReturnType<typeof newcomer>>;
const asked: string[] = [];
const complaints: string[] = [];
beforeAll(async () => {
  browser = await openBrowser();
  player = await newcomer(graph);
  await graph.ask('mutation { createAlertCategory(name: "roads") { name } }', {}, await graph.tokenOf('operator'));
});
afterAll(() => browser?.close());
beforeEach(async () => {
  const device = await browser.newContext({ baseURL: origin(graph), locale: 'en-GB' });
  device.setDefaultTimeout(90_000);
  page = await device.newPage();
  page.on('request', (request) => void asked.push(new URL(request.url()).origin));
  page.on('pageerror', ({ message }) => void complaints.push(message));
  page.on('console', (line) => void (line.type() === 'error' && complaints.push(line.text())));
});
afterEach(async () => {
  await page.context().close();
  expect(new Set(asked)).toEqual(new Set([origin(graph)]));
  expect(complaints.splice(0)).toEqual([]);
});
const origin = ({ url }: Graph) => new URL(url()).origin;

async function enter(title: string, password = player.password): Promise<void> {
  await page.goto('/pages');
  await page.getByRole('link', { name: title }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill(player.name);
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test('the list names each guest that has a page, and what is no file of theirs is not there', async () => {
  await page.goto('/pages');
  const links = await page.getByRole('listitem').getByRole('link').allTextContents();
  expect(links.map((title) => title.toLowerCase())).toEqual(joining.subgraphs.map(({ name }) => name));
  expect(await obstacles(page)).toEqual([]);
  for (const path of [
    '/pages/',
    '/pages/quotes/subgraph.ts',
    '/pages/../join.ts',
    '/pages/quotes/page/%2e%2e/main.ts',
  ]) {
    const { status, headers } = await fetch(new URL(path, graph.url()));
    expect([path, status, headers.get('content-type')]).toEqual([path, 404, expect.stringContaining('json')]);
  }
});

test('quotes: a symbol is looked up, and stands in the history', async () => {
  await enter('Quotes');
  await page.getByLabel('Symbol').fill('aapl.us');
  await page.getByRole('button', { name: 'Look up' }).click();
  await page.getByText('AAPL.US, APPLE: 123 as of').waitFor();
  await page.getByRole('cell', { name: 'APPLE', exact: true }).waitFor();
  expect(await obstacles(page)).toEqual([]);
  await page.getByLabel('Symbol').fill('none.us');
  await page.getByRole('button', { name: 'Look up' }).click();
  await page.getByRole('alert').getByText('There is no quote for this symbol.').waitFor();
});

test('alerts: what anybody posts comes to who wants it, without asking again', async () => {
  await enter('Alerts');
  await page.getByRole('button', { name: 'Tell me of these' }).click();
  await page.getByText('What is posted in roads comes to you.').waitFor();
  await page.getByLabel('Title').fill('Ice');
  await page.getByLabel('What is it?').fill('Slowly.');
  await page.getByRole('button', { name: 'Post', exact: true }).click();
  await page.getByRole('listitem').getByText('Ice').waitFor();
  const other = await newcomer(graph);
  const input = { category: 'roads', title: 'Fog', body: 'Slower, 3 < 5.', severity: 'DANGER' };
  await graph.ask('mutation ($input: PostInput!) { createPost(input: $input) { id } }', { input }, other.token);
  await page.getByRole('listitem').getByText('danger in roads: Slower, 3 < 5.').waitFor();
  expect(await obstacles(page)).toEqual([]);
});

test('venue: walkers move on the map, and whom one meets is told', async () => {
  await enter('Venue');
  await page.getByRole('button', { name: 'Walk' }).click();
  await page.locator('circle.walker').nth(3).waitFor();
  const place = () => page.locator('circle.self').getAttribute('cx');
  const before = await place();
  await until(async () => (await place()) !== before, 'a step');
  await page.locator('#encounters tr').first().waitFor();
  expect(await obstacles(page)).toEqual([]);
});

test('who is not let in is told why', async () => {
  await enter('Quotes', 'wrong password');
  await page.getByRole('alert').getByText(/./).waitFor();
  expect(await page.getByLabel('Symbol').isVisible()).toBe(false);
});
