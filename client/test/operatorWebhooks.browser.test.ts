import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { Webhook } from 'standardwebhooks';
import { until } from '../../shared/testing/harness.ts';
import { obstacles } from './axe.ts';
import type { Stage } from './browser.ts';
import { onConsole, operating } from './operator.ts';
import { newPlayer } from './player.ts';

let stage: Stage;
let page: Page;
onConsole((place) => ({ stage, page } = place));
const { enter, fill, giveReason, go, press } = operating(() => page);

test('a webhook is registered, gets what happens, is looked at and deleted', async () => {
  const received: { body: string; headers: Record<string, string> }[] = [];
  const target = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      received.push({ body, headers: request.headers as Record<string, string> });
      response.end();
    });
  });
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(target.address() as AddressInfo).port}/`;

  await enter();
  await go('Webhooks');
  await page.getByText('Nothing is sent anywhere yet.').waitFor();
  const form = page.getByRole('region', { name: 'A new webhook' });
  expect(await form.getByRole('button', { name: 'Register' }).isDisabled()).toBe(true);
  await fill('URL', 'ftp://nowhere.example');
  await fill('Description', 'our shop');
  await form.getByRole('checkbox', { name: /^quest.completed/ }).check();
  await form.getByRole('button', { name: 'Register' }).click();
  await form.getByRole('alert').getByText('The URL has to begin with https://.').waitFor();
  await fill('URL', url);
  await form.getByRole('button', { name: 'Register' }).click();
  const told = page.getByRole('region', { name: 'The signing key' });
  const key = await told.getByText(/^whsec_/).innerText();
  expect(await obstacles(page)).toEqual([]);
  await press('I have it');
  await told.waitFor({ state: 'detached' });

  const player = await newPlayer(stage.graph);
  for (const _ of [2, 3]) await stage.graph.tokenOf(player.name, player.password);
  const first = await until(() => received[0], 'the completion');
  expect(new Webhook(key).verify(first.body, first.headers)).toMatchObject({ data: { userId: await player.id() } });
  const shop = page.getByRole('region', { name: 'our shop' });
  await shop.getByText('0 waiting · 0 given up').waitFor();
  await shop.getByRole('button', { name: 'What was sent' }).click();
  await shop.getByRole('row', { name: new RegExp(`^quest.completed ${player.name} .* 1 delivered`) }).waitFor();
  expect(await obstacles(page)).toEqual([]);

  await shop.getByRole('button', { name: 'Disable' }).click();
  await giveReason('the shop moves');
  await press('Disable it');
  await shop.getByText('disabled by an operator').waitFor();
  await shop.getByRole('button', { name: 'Delete' }).click();
  await giveReason('the shop is closed');
  await press('Delete it');
  await page.getByText('Nothing is sent anywhere yet.').waitFor();
  await go('Audit log');
  await page.getByRole('row', { name: /operator delete webhook .* the shop is closed/ }).waitFor();
  target.closeAllConnections();
  await new Promise((resolve) => target.close(resolve));
});
