import { type ObjectiveDraft, emptyObjective, objectiveDraftOf, objectiveInputOf } from './objectiveDraft.ts';
import type {
  CalendarPeriod,
  Completes,
  DefinedFragment,
  QuestForm,
  QuestInput,
  QuestPeriod,
  RewardInput,
} from '../operations.generated.ts';

export interface RewardDraft {
  item: string;
  quantity: number | string;
  name: string;
}
export interface StepDraft {
  target: number | string;
  rewards: RewardDraft[];
}

/** A quest as it stands in the form: what was typed, whether or not it makes sense. Empty text is nothing. */
export interface Draft {
  name: string;
  title: string;
  description: string;
  /** Which of its two forms says what counts; what was typed into the other waits. */
  form: QuestForm;
  trigger: string;
  streak: number | string;
  duplication: number | string;
  period: QuestPeriod;
  timeZone: string;
  graceHours: number | string;
  freezes: number | string;
  objectives: ObjectiveDraft[];
  completes: Completes;
  every: CalendarPeriod | '';
  steps: StepDraft[];
  cooldown: string;
  requires: string[];
  autoClaim: boolean;
  hidden: boolean;
  category: string;
  tags: string[];
  rewards: RewardDraft[];
  startsAt: string;
  endsAt: string;
}
// A field that can be said and does not stand in the form does not compile.
({}) as Draft satisfies Record<keyof QuestInput, unknown>;

/** Events have no calendar. */
const noCalendar = { period: 'EVENT', graceHours: 0, freezes: 0 } as const;

/** What was said of days in a row goes with them. */
export const withPeriod = (draft: Draft, period: QuestPeriod): Draft =>
  period === 'EVENT' ? { ...draft, ...noCalendar } : { ...draft, period };

export const emptyReward: RewardDraft = { item: '', quantity: 1, name: '' };

export const emptyDraft: Draft = {
  ...{ name: '', title: '', description: '' },
  form: 'SIMPLE',
  ...{ trigger: 'UserSignIn', streak: 3, duplication: 1 },
  ...noCalendar,
  timeZone: '',
  ...{ objectives: [emptyObjective], completes: 'ALL', every: '', steps: [], cooldown: '', requires: [] },
  ...{ autoClaim: false, hidden: false, category: '', tags: [] },
  rewards: [{ item: 'DIAMOND', quantity: 10, name: '' }],
  ...{ startsAt: '', endsAt: '' },
};

const rewardsOf = (rewards: DefinedFragment['rewards']): RewardDraft[] =>
  rewards.map(({ item, quantity, name }) => ({ item, quantity, name }));

export function draftOf(quest: DefinedFragment): Draft {
  const { name, title, description, form, trigger, streak, duplication, period, graceHours, freezes } = quest;
  const { completes, autoClaim, hidden, startsAt } = quest;
  return {
    ...{ name, title, description, form, trigger, streak, duplication, period, graceHours, freezes },
    ...{ completes, autoClaim, hidden, startsAt },
    timeZone: quest.timeZone ?? '',
    objectives: quest.objectives.map(objectiveDraftOf),
    every: quest.every ?? '',
    steps: quest.steps.map(({ target, rewards }) => ({ target, rewards: rewardsOf(rewards) })),
    cooldown: quest.cooldown ?? '',
    requires: quest.requires.map((required) => required.name),
    category: quest.category ?? '',
    tags: [...quest.tags],
    rewards: rewardsOf(quest.rewards),
    endsAt: quest.endsAt ?? '',
  };
}

/** Does anything of it depend on when a day begins? */
export const hasCalendar = ({ every, form, period, objectives }: Draft): boolean =>
  every !== '' || (form === 'SIMPLE' ? period !== 'EVENT' : objectives.some(({ measure }) => measure === 'PERIODS'));

/** What follows from the rest: a calendar has a zone, and where there are steps, the last of them says how far the way goes. */
export function settled(draft: Draft): Draft {
  const timeZone = hasCalendar(draft) ? draft.timeZone : '';
  const last = draft.steps.at(-1)?.target;
  if (last === undefined) return { ...draft, timeZone };
  return { ...draft, timeZone, streak: last, objectives: draft.objectives.map((one) => ({ ...one, target: last })) };
}

const paid = (rewards: RewardDraft[]): RewardInput[] =>
  rewards.map(({ item, quantity, name }) => ({ item, quantity: Number(quantity), ...(name && { name }) }));

/** Every field as the graph takes it; null: nothing. */
export function written(typed: Draft) {
  const draft = settled(typed);
  const { name, title, description, completes, requires, autoClaim, hidden, tags } = draft;
  const isSimple = draft.form === 'SIMPLE';
  return {
    ...{ name, title, description, completes, requires, autoClaim, hidden, tags },
    ...(isSimple
      ? {
          trigger: draft.trigger,
          streak: Number(draft.streak),
          period: draft.period,
          graceHours: Number(draft.graceHours),
          freezes: Number(draft.freezes),
        }
      : { objectives: draft.objectives.map(objectiveInputOf) }),
    duplication: Number(draft.duplication),
    timeZone: draft.timeZone || null,
    every: draft.every || null,
    steps: draft.steps.map(({ target, rewards }) => ({ target: Number(target), rewards: paid(rewards) })),
    cooldown: draft.cooldown || null,
    category: draft.category || null,
    rewards: draft.steps.length > 0 ? [] : paid(draft.rewards),
    startsAt: draft.startsAt || null,
    endsAt: draft.endsAt || null,
  };
}

export const inputOf = (draft: Draft): QuestInput => written(draft);
