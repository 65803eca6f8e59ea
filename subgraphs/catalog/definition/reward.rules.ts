import type { RewardDefinition, Step } from './definition.rules.ts';
import { list, orNull, plain, record } from './shape.rules.ts';
import { largestWhole, matches, text, whole } from './values.rules.ts';

export const rewardFields = {
  name: { shape: orNull(text(1, 120)), initial: null },
  item: {
    shape: plain(
      'item',
      (value) => matches(value, /^[A-Z][A-Z0-9_]{0,63}$/),
      'must be 1 to 64 of A-Z, 0-9 and underscore, the first a letter.',
    ),
  },
  quantity: { shape: whole(1, largestWhole) },
} satisfies Record<keyof RewardDefinition, unknown>;

const written = record({
  noun: 'a reward',
  members: rewardFields,
  inWords: ({ name, item, quantity }: RewardDefinition) => `${quantity} ${item} (${name})`,
});

/** A reward without a name gets one. */
const reward = {
  ...written,
  settle(value: unknown): RewardDefinition {
    const { name, item, quantity } = written.settle(value) as RewardDefinition;
    return { name: name ?? rewardName(item, quantity), item, quantity };
  },
};

const once = {
  of: (value: unknown) => (value as Partial<RewardDefinition> | null)?.item,
  at: '.item',
  must: 'is there already: each item may be paid once.',
};

/** Empty only where steps pay, which `between.rules.ts` sees to. */
export const rewards = list(reward, { from: 0, to: 20, once });

export const stepFields = {
  target: { shape: whole(1, largestWhole) },
  rewards: { shape: list(reward, { from: 1, to: 20, once }) },
} satisfies Record<keyof Step, unknown>;

export const steps = list(
  record({
    noun: 'a step',
    members: stepFields,
    inWords: (step: Step) => `${step.target} pays ${rewards.inWords(step.rewards)}`,
  }),
  { from: 0, to: 50 },
);

/** "10 diamonds", "1 gold", "3 golden key" */
export function rewardName(item: string, quantity: number): string {
  const noun = item === 'DIAMOND' && quantity !== 1 ? 'diamonds' : item.toLowerCase().replaceAll('_', ' ');
  return `${quantity} ${noun}`;
}
