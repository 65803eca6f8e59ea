import { plain } from './shape.rules.ts';
import { isType } from './values.rules.ts';

/** Types of event that a quest may count. Those that the subgraphs send of a player may be counted like a game's own. */

/** They are nothing that a player does: a quest that counts them would never be completed. */
const neverCounted: Readonly<Record<string, string>> = {
  QuestDefined: 'it says what a quest is, and is about no player',
  OperatorActed: 'it says what an operator did, and is about no player',
  UserTimeZoneChanged: "it says where a player's days begin, and not what the player did",
};

const form = plain('event type', isType, 'must be 1 to 64 letters and digits, the first a capital letter.');

export const eventType = {
  ...form,
  faults(value: unknown, path: string): string[] {
    const faults = form.faults(value, path);
    const why = typeof value === 'string' && Object.hasOwn(neverCounted, value) ? neverCounted[value] : undefined;
    return why ? [`${path} must not be ${String(value)}, which never counts: ${why}.`] : faults;
  },
};
