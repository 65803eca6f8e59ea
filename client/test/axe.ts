import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What stands in the way of those who do not see or do not use a mouse; empty when nothing serious does. */
export async function obstacles(page: Page): Promise<string[]> {
  // Half-faded colours would be judged as if they stayed.
  await page.evaluate(`Promise.all(document.getAnimations()
    .filter((animation) => animation.effect.getComputedTiming().endTime < Infinity)
    .map((animation) => animation.finished.catch(() => {})))`);
  // By the debugger and not by a script element, which the page's policy would refuse.
  await page.evaluate(axe);
  // Only what is wrong is worked out to its place in the page, which is most of the work.
  const { violations } = (await page.evaluate(`axe.run({ resultTypes: ['violations'], preload: false })`)) as {
    violations: Violation[];
  };
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
}

interface Violation {
  id: string;
  impact: string;
  help: string;
  nodes: { html: string }[];
}
