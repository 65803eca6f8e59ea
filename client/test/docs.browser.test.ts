import type { Page } from 'playwright-core';
import { type Stage, onDevices, picture } from './browser.ts';

let stage: Stage;
let page: Page;
onDevices('/docs', { colorScheme: 'light' }, (place) => ({ stage, page } = place));

test('the page of the REST API signs in by the password form and reads a quest, and asks nobody else', async () => {
  const asked: string[] = [];
  page.on('request', (request) => void asked.push(new URL(request.url()).origin));
  await page.locator('#operations-default-getQuest').waitFor();
  expect(await page.locator('.opblock').count()).toBeGreaterThan(40);
  const token = await stage.graph.tokenOf('user');
  const { data } = await stage.graph.ask('{ questByName(name: "sign-in-three-times") { id } }', {}, token);

  await page.getByRole('button', { name: 'Authorize', exact: true }).first().click();
  const dialog = page.locator('.modal-ux');
  await dialog.locator('#oauth_username').fill('user');
  await dialog.locator('#oauth_password').fill('password');
  const form = dialog.locator('.auth-container').filter({ has: page.locator('#oauth_username') });
  await form.locator('button.authorize').click();
  await dialog.getByText('Logout', { exact: true }).waitFor(); // the form gives way to it
  await dialog.locator('.close-modal').click();

  const operation = page.locator('#operations-default-getQuest');
  await operation.locator('.opblock-summary-control').click();
  await operation.getByRole('button', { name: 'Try it out' }).click();
  await operation.getByPlaceholder('quest_id').fill(data.questByName.id);
  await operation.getByRole('button', { name: 'Execute' }).click();
  const answered = operation.locator('.live-responses-table');
  await answered.locator('.response-col_status').getByText('200').first().waitFor();
  await answered.locator('.response-col_description').getByText('sign-in-three-times').first().waitFor();
  expect(new Set(asked)).toEqual(new Set([stage.origin]));
  await picture(page, 'docs');
});
