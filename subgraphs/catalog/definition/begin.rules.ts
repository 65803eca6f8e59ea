import type { Definition } from './definition.rules.ts';
import { objectivesOf } from './form.rules.ts';

/**
 * What cannot be counted from a moment on: a value that was seen before, and the greatest so far, are no news when they come again, so that what
 * happens after a quest has opened, or after a cooldown, would not count.
 */

/** Faults of a quest that opens once others are completed. */
export function requiresFaults({ requires, every, objectives }: Definition): string[] {
  // One that begins anew counts the whole of each period, once it is open.
  if (requires.length === 0 || every !== null) return [];
  return (objectives ?? []).flatMap(({ measure }, index) =>
    measure === 'MAX' || measure === 'DISTINCT'
      ? [
          `objectives[${index}].measure must not be ${measure} in a quest that requires others, unless it begins anew with every: what came before it opened would not count when it comes again.`,
        ]
      : [],
  );
}

/** Faults of a quest that counts nothing for a while after each completion. */
export function cooldownFaults(quest: Definition): string[] {
  if (quest.cooldown === null) return [];
  return objectivesOf(quest).flatMap(({ measure }, index) => {
    if (measure === 'COUNT' || measure === 'SUM') return [];
    const must =
      quest.objectives === null ? 'period must be EVENT' : `objectives[${index}].measure must be COUNT or SUM`;
    return [
      `${must} in a quest with a cooldown: of ${measure}, what came meanwhile cannot be told from what comes later.`,
    ];
  });
}
