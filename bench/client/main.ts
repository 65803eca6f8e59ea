import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type Page, chromium } from 'playwright-core';
import { chromiumPath } from '../../shared/testing/programs.ts';

/**
 * `npm run bench:client -- http://localhost:4000`: what a player waits for, in a real browser, against a system that runs already. Prints a
 * line per round and a JSON object at the end: the first load in bytes on the wire and in milliseconds, and from pressing "Sign in" for the
 * third time to the popup on the screen.
 */
const origin = process.argv[2] ?? 'http://localhost:4000';
const rounds = Number(process.argv[3] ?? 10);
const browser = await chromium.launch({
  executablePath: chromiumPath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic'],
});

const loads: Load[] = [];
const popups: number[] = [];
for (let round = 1; round <= rounds; round++) {
  // A context of its own has nothing in its cache.
  const context = await browser.newContext({ baseURL: origin });
  const page = await context.newPage();
  loads.push(await load(page));
  popups.push(await popup(page));
  const [{ bytes, paintMs, readyMs }, popupMs] = [loads.at(-1)!, popups.at(-1)!];
  console.log(`  ${round}  ${bytes} bytes  painted ${paintMs} ms  ready ${readyMs} ms  popup ${popupMs} ms`);
  await context.close();
}
await browser.close();
const ordered = (values: number[]) => [...values].sort((one, other) => one - other);
const median = (values: number[]) => ordered(values)[Math.floor(values.length / 2)]!;
console.log(
  JSON.stringify({
    firstLoadBytes: Math.max(...loads.map(({ bytes }) => bytes)),
    gzipBytes: await gzipBytes(),
    paintMs: median(loads.map(({ paintMs }) => paintMs)),
    readyMs: median(loads.map(({ readyMs }) => readyMs)),
    popupMs: median(popups),
    slowestPopupMs: Math.max(...popups),
    rounds,
  }),
);

interface Load {
  bytes: number;
  /** First contentful paint. */
  paintMs: number;
  /** The sign-in page takes what is typed: its button is there, and the main thread is free. */
  readyMs: number;
}

async function load(page: Page): Promise<Load> {
  await page.addInitScript(`new MutationObserver((_, observer) => {
    if (!document.querySelector('button[type=submit]')) return;
    observer.disconnect();
    requestIdleCallback(() => (window.readyAt = performance.now()));
  }).observe(document, { childList: true, subtree: true })`);
  await page.goto('/');
  await page.waitForFunction(
    () => 'readyAt' in globalThis && performance.getEntriesByName('first-contentful-paint').length > 0,
  );
  const figures = await page.evaluate<Load>(`({
    bytes: performance.getEntries().reduce((sum, { transferSize = 0 }) => sum + transferSize, 0),
    paintMs: performance.getEntriesByName('first-contentful-paint')[0].startTime,
    readyMs: window.readyAt,
  })`);
  return { bytes: figures.bytes, paintMs: Math.round(figures.paintMs), readyMs: Math.round(figures.readyMs) };
}

async function popup(page: Page): Promise<number> {
  const player = { name: `bench-${randomBytes(6).toString('hex')}`, password: randomBytes(12).toString('base64url') };
  await enter('signUp', player);
  await enter('signIn', player);
  await page.getByRole('textbox', { name: 'Name' }).fill(player.name);
  await page.getByRole('textbox', { name: 'Password' }).fill(player.password);
  // On the screen: the frame in which the dialog stands has been painted.
  await page.evaluate(`{
    addEventListener('submit', () => (window.pressedAt = performance.now()), true);
    new MutationObserver((_, observer) => {
      if (!document.querySelector('[role=dialog]')) return;
      observer.disconnect();
      requestAnimationFrame(() => setTimeout(() => (window.poppedAt = performance.now())));
    }).observe(document, { childList: true, subtree: true });
  }`);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForFunction(() => 'poppedAt' in globalThis);
  return Math.round(await page.evaluate<number>('window.poppedAt - window.pressedAt'));
}

async function enter(door: 'signUp' | 'signIn', input: object): Promise<void> {
  const type = door === 'signUp' ? 'SignUpInput!' : 'SignInInput!';
  const query = `mutation ($input: ${type}) { ${door}(input: $input) { accessToken } }`;
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { input } }),
  });
  const { errors } = (await response.json()) as { errors?: unknown };
  if (errors) throw new Error(JSON.stringify(errors));
}

/** The same for a browser that takes gzip at best. */
async function gzipBytes(): Promise<number> {
  const fetchText = async (path: string) => (await fetch(new URL(path, origin))).text();
  const page = await fetchText('/');
  const assets = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path!);
  const texts = [page, ...(await Promise.all(assets.map(fetchText)))];
  return texts.reduce((sum, text) => sum + gzipSync(text, { level: 9 }).length, 0);
}
