import type { Draft } from './definition/definition.rules.ts';
import { publicationOf } from './definition/publication.rules.ts';
import { Refusal } from '../../shared/errors.ts';
import type { QuestStore } from './store.ts';

/** What a new installation shows: one quest whose reward is claimed, one that pays by itself, one that counts days. */
export const demoQuests: readonly (Draft & { name: string })[] = [
  {
    name: 'sign-in-three-times',
    title: 'Regular guest',
    description: 'Sign in three times, then claim your diamonds. You can do this twice.',
    trigger: 'UserSignIn',
    streak: 3,
    duplication: 2,
    autoClaim: false,
    category: 'welcome',
    tags: ['demo', 'sign-in'],
    rewards: [{ item: 'DIAMOND', quantity: 10 }],
  },
  {
    name: 'welcome-back',
    title: 'Welcome back',
    description: 'Sign in five times; the gold is yours at once.',
    trigger: 'UserSignIn',
    streak: 5,
    duplication: 1,
    autoClaim: true,
    category: 'welcome',
    tags: ['demo', 'sign-in'],
    rewards: [{ item: 'GOLD', quantity: 50 }],
  },
  {
    name: 'three-days-in-a-row',
    title: 'Three days in a row',
    description:
      'Be there on three days in a row, again and again. Who comes before three in the morning can still save the day before.',
    trigger: 'UserActive',
    streak: 3,
    duplication: 1000,
    period: 'DAY',
    graceHours: 3,
    freezes: 0,
    autoClaim: false,
    category: 'welcome',
    tags: ['demo', 'sign-in'],
    rewards: [{ item: 'GOLD', quantity: 25 }],
  },
];

/** Creates the demo quests that are not there. One that an operator has changed or archived stays as it is. */
export async function seedQuests(store: QuestStore, now: Date): Promise<void> {
  const there = await store.findQuestsByName(demoQuests.map(({ name }) => name));
  const missing = demoQuests.filter(({ name }) => !there.some((quest) => quest.name === name));
  for (const draft of missing)
    await store
      .createQuest(draft, publicationOf({}), { by: 'seed', now, reason: null, requestId: null })
      .catch((error: unknown) => {
        // Another process that started at the same time was faster.
        if (!(error instanceof Refusal && error.code === 'CONFLICT')) throw error;
      });
}
