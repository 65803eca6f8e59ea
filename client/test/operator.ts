import type { Locator, Page } from 'playwright-core';
import { type Place, onDevices, signIn } from './browser.ts';

/** Each test begins at the door of the console. */
export const onConsole = (begin: (place: Place) => void) =>
  onDevices('/operator', { viewport: { width: 1200, height: 800 }, reducedMotion: 'reduce' }, begin);

/** What an operator does on a page of the console. */
export const operating = (page: () => Page) => ({
  enter: () => signIn(page(), 'operator', 'password'),
  async go(place: string) {
    await page().getByRole('link', { name: place, exact: true }).click();
    await page().getByRole('heading', { level: 2, name: place }).waitFor();
  },
  /** What can be read in the tables of the page, or of a part of it: the cells of each row but the heads. */
  async rows(on: Page | Locator = page()): Promise<string[][]> {
    const rows = on.getByRole('row').filter({ has: page().getByRole('cell') });
    return (await rows.allInnerTexts()).map((row) => row.split('\t').map((cell) => cell.trim()));
  },
  press: (name: string) => page().getByRole('button', { name, exact: true }).click(),
  /** In the dialog that asks for it, and in no other form of the page. */
  giveReason: (text: string) =>
    page().getByRole('dialog').getByRole('textbox', { name: 'Reason', exact: true }).fill(text),
  /** What lies on top comes last. */
  fill: (label: string, text: string) => page().getByRole('textbox', { name: label, exact: true }).last().fill(text),
});
