import { stringify } from 'yaml';
import { type Quest, fields, rewardName } from './definition.rules.ts';
import { definitionOf } from './version.rules.ts';

/** The YAML that `readQuests` takes: a list, in the order of names, so that two exports of the same quests are equal. */
export function writeQuests(quests: readonly Quest[]): string {
  const byName = [...quests].sort((one, other) => (one.name < other.name ? -1 : 1));
  return stringify(byName.map(plain), { lineWidth: 0, aliasDuplicateObjects: false });
}

function plain(quest: Quest): Record<string, unknown> {
  const definition = definitionOf(quest);
  const rewards = definition.rewards.map(({ name, item, quantity }) => ({
    ...(name !== rewardName(item, quantity) && { name }),
    item,
    quantity,
  }));
  const written = fields.map((field) => [field, field === 'rewards' ? rewards : definition[field]]);
  return Object.fromEntries(written.filter(([, value]) => value !== null));
}
