import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContext, type BrowserContextOptions, type Page, chromium } from 'playwright-core';
import { buildClient } from '../../local/client.ts';
import { type Graph, startGraph } from '../../local/test/graph.ts';
import { openTokens } from '../../subgraphs/auth/sessions/tokens.ts';
import type { Role } from '../../shared/identity.ts';
import { chromiumPath } from '../../shared/testing/programs.ts';
import { type Network, openNetwork } from './network.ts';

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const openBrowser = (): Promise<Browser> => chromium.launch({ executablePath: chromiumPath, args });

/** The whole system with its web pages, a network that can be cut, and a real browser. */
export interface Stage {
  graph: Graph;
  /** Where the pages are, behind the network. */
  origin: string;
  browser: Browser;
  network: Network;
  /** A device of its own: what it keeps, no other one sees. */
  device(options?: BrowserContextOptions): Promise<BrowserContext>;
  stop(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const obstacle = await buildClient();
  if (obstacle) throw new Error(obstacle);
  await using opened = new AsyncDisposableStack();
  const graph = await startGraph();
  opened.defer(() => graph.stop());
  const network = await openNetwork(() => Number(new URL(graph.url()).port));
  opened.defer(() => network.stop());
  const browser = await openBrowser();
  opened.defer(() => browser.close());
  const origin = `http://localhost:${network.port}`;
  const running = opened.move();
  return {
    graph,
    origin,
    browser,
    network,
    async device(options) {
      const context = await browser.newContext({
        baseURL: origin,
        timezoneId: 'Europe/Berlin',
        locale: 'en-GB',
        ...options,
      });
      // Sooner than jest gives up, so that a failure names what was waited for; a busy machine may take its time.
      context.setDefaultTimeout(90_000);
      return context;
    },
    stop: () => running.disposeAsync(),
  };
}

export interface Place {
  stage: Stage;
  device: BrowserContext;
  page: Page;
}

/** Gives each test of a file a device of its own, with a page at this address; all of them on one stage. */
export function onDevices(path: string, options: BrowserContextOptions, begin: (place: Place) => void): void {
  let stage: Stage;
  let device: BrowserContext;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage?.stop());
  beforeEach(async () => {
    device = await stage.device(options);
    const page = await device.newPage();
    await page.goto(path);
    begin({ stage, device, page });
  });
  afterEach(async () => {
    stage.network.mend();
    await device.close();
  });
}

/** What someone does on the sign-in page. */
export async function signIn(page: Page, name: string, password: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

export async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
}

/** What the browser keeps under a key that begins like this. */
export async function kept(on: Page, prefix: string): Promise<Record<string, unknown> | null> {
  const find = `Object.entries(localStorage).find(([key]) => key.startsWith(${JSON.stringify(prefix)}))?.[1] ?? 'null'`;
  return JSON.parse(await on.evaluate<string>(find)) as Record<string, unknown> | null;
}

/**
 * Gives the page's session an access token that ends in three seconds, while the device believes that it lives long; loads the page with it, and
 * resolves to it.
 */
export async function shortLived(page: Page, graph: Graph, key: string): Promise<string> {
  const session = (await kept(page, key))!;
  const [, payload] = String(session['accessToken']).split('.');
  const claims = JSON.parse(Buffer.from(payload!, 'base64url').toString()) as Claims;
  const now = Date.now();
  const accessToken = openTokens(graph.secrets.signingKey).signAccess({
    userId: claims.sub,
    sessionId: claims.sid,
    roles: claims.roles,
    issuedAt: new Date(now),
    expiresAt: new Date(now + 3000),
  });
  const changed = JSON.stringify({ ...session, accessToken });
  await page.evaluate(`localStorage.setItem(${JSON.stringify(key)}, ${JSON.stringify(changed)})`);
  await page.reload();
  return accessToken;
}

interface Claims {
  sub: string;
  sid: string;
  roles: Role[];
}

/** A picture for people: `npm run screenshots` keeps them, in client/screenshots. */
export async function picture(page: Page, name: string): Promise<void> {
  const image = await page.screenshot({ animations: 'disabled' });
  if (process.env['SCREENSHOTS']) writeFileSync(join(import.meta.dirname, '../screenshots', `${name}.png`), image);
}
