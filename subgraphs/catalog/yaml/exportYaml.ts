import { stringify } from 'yaml';
import type { Definition, Objective, Quest, RewardDefinition } from '../definition/definition.rules.ts';
import { fieldOf, fields } from '../definition/fields.rules.ts';
import { objectiveFields } from '../definition/objective.rules.ts';
import { rewardName } from '../definition/reward.rules.ts';
import type { Member } from '../definition/shape.rules.ts';
import { definitionOf } from '../definition/version.rules.ts';
import { largestBytes } from './document.ts';

/** The YAML that `readQuests` takes: a list, in the order of names, so that two exports of the same quests are equal. */
export function writeQuests(quests: readonly Quest[]): string {
  const byName = [...quests].sort((one, other) => (one.name < other.name ? -1 : 1));
  let text = '';
  for (const [index, quest] of byName.entries()) {
    const entry = stringify([plain(quest)], { lineWidth: 0, aliasDuplicateObjects: false });
    const more = `# There are more: exportQuests(after: "${byName[index - 1]?.name}")\n`;
    if (Buffer.byteLength(text) + Buffer.byteLength(entry) + more.length > largestBytes) return text + more;
    text += entry;
  }
  return text || '[]\n';
}

/** A new quest has none of these when nothing is said, and most quests stay so: to name them would only hide what matters. */
const seldom: readonly (keyof Definition)[] = ['objectives', 'completes', 'every', 'steps', 'cooldown', 'requires'];
/** What a quest with objectives does not say. */
const simpleForm: readonly (keyof Definition)[] = ['trigger', 'streak', 'period', 'graceHours', 'freezes'];

function plain(quest: Quest): Record<string, unknown> {
  const { rewards, steps, objectives, ...rest } = definitionOf(quest);
  const definition: Record<keyof Definition, unknown> = {
    ...rest,
    objectives: objectives?.map(plainObjective) ?? null,
    steps: steps.map((step) => ({ target: step.target, rewards: step.rewards.map(plainReward) })),
    rewards: rewards.map(plainReward),
  };
  const isSilent = (field: keyof Definition) =>
    definition[field] === null ||
    (objectives !== null && simpleForm.includes(field)) ||
    (seldom.includes(field) && isInitial(fieldOf(field), definition[field])) ||
    (field === 'rewards' && steps.length > 0);
  return Object.fromEntries(fields.filter((field) => !isSilent(field)).map((field) => [field, definition[field]]));
}

const plainReward = ({ name, item, quantity }: RewardDefinition) => ({
  ...(name !== rewardName(item, quantity) && { name }),
  item,
  quantity,
});

const plainObjective = (objective: Objective) =>
  Object.fromEntries(
    Object.entries(objective).filter(([name, value]) => !isInitial(objectiveFields[name as keyof Objective], value)),
  );

const isInitial = ({ initial }: Member, value: unknown) =>
  initial !== undefined && JSON.stringify(initial) === JSON.stringify(value);
