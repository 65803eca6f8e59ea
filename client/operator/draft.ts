import type { DefinedFragment, QuestInput, QuestPeriod, QuestUpdate } from './operations.generated.ts';

/** A quest as it stands in the form: what was typed, whether or not it makes sense. */
export interface Draft {
  name: string;
  title: string;
  description: string;
  trigger: string;
  streak: number | string;
  duplication: number | string;
  period: QuestPeriod;
  timeZone: string;
  graceHours: number | string;
  freezes: number | string;
  autoClaim: boolean;
  hidden: boolean;
  category: string;
  tags: string[];
  rewards: { item: string; quantity: number | string; name: string }[];
  startsAt: string;
  endsAt: string;
}

/** Events have no calendar. */
const noCalendar = { period: 'EVENT', timeZone: '', graceHours: 0, freezes: 0 } as const;

/** What was said of the calendar goes with it. */
export const withPeriod = (draft: Draft, period: QuestPeriod): Draft =>
  period === 'EVENT' ? { ...draft, ...noCalendar } : { ...draft, period };

export const emptyDraft: Draft = {
  name: '',
  title: '',
  description: '',
  trigger: 'UserSignIn',
  streak: 3,
  duplication: 1,
  ...noCalendar,
  autoClaim: false,
  hidden: false,
  category: '',
  tags: [],
  rewards: [{ item: 'DIAMOND', quantity: 10, name: '' }],
  startsAt: '',
  endsAt: '',
};

export function draftOf(quest: DefinedFragment): Draft {
  const { name, title, description, trigger, streak, duplication, period, graceHours, freezes } = quest;
  const { autoClaim, hidden } = quest;
  return {
    ...{ name, title, description, trigger, streak, duplication },
    ...{ period, timeZone: quest.timeZone ?? '', graceHours, freezes, autoClaim, hidden },
    category: quest.category ?? '',
    tags: [...quest.tags],
    rewards: quest.rewards.map(({ item, quantity, name }) => ({ item, quantity, name })),
    startsAt: quest.startsAt,
    endsAt: quest.endsAt ?? '',
  };
}

/** One line of what storing will change; `before` is absent where nothing was. */
export interface Change {
  field: keyof Draft;
  before?: string;
  after: string;
}

export function changes(before: Draft | undefined, after: Draft): Change[] {
  return (Object.keys(after) as (keyof Draft)[]).flatMap((field): Change[] => {
    const [old, now] = [before && shown(before[field]), shown(after[field])];
    if (old === now || (!before && !now)) return [];
    return [{ field, ...(old !== undefined && { before: old }), after: now }];
  });
}

const shown = (value: Draft[keyof Draft]): string =>
  Array.isArray(value)
    ? value
        .map((one) => (typeof one === 'string' ? one : `${one.quantity} ${one.item}${one.name && ` (${one.name})`}`))
        .join(', ')
    : String(value);

export function inputOf({ startsAt, endsAt, category, timeZone, rewards, ...draft }: Draft): QuestInput {
  return {
    ...draft,
    streak: Number(draft.streak),
    duplication: Number(draft.duplication),
    graceHours: Number(draft.graceHours),
    freezes: Number(draft.freezes),
    rewards: rewards.map(({ item, quantity, name }) => ({ item, quantity: Number(quantity), ...(name && { name }) })),
    ...(category && { category }),
    ...(timeZone && { timeZone }),
    ...(startsAt && { startsAt }),
    ...(endsAt && { endsAt }),
  };
}

/** Only what differs: everything else stays as it is, even when somebody else has changed it meanwhile. */
export function updateOf(before: Draft, after: Draft): QuestUpdate {
  const { name: _, trigger: __, startsAt: ___, ...input } = inputOf(after);
  const changed = new Set<string>(changes(before, after).map(({ field }) => field));
  const emptied = { category: null, timeZone: null };
  return Object.fromEntries(Object.entries({ ...emptied, ...input }).filter(([field]) => changed.has(field)));
}

/** The rules' own sentences, each beside the field that it names first; what names none is under ''. */
export function faultsByField(faults: readonly string[]): Partial<Record<string, string>> {
  const found: Partial<Record<string, string>> = {};
  for (const fault of faults) {
    const named = /^[A-Za-z]+/.exec(fault)?.[0] ?? '';
    const field = named in emptyDraft ? named : '';
    found[field] = [found[field], fault].filter(Boolean).join(' ');
  }
  return found;
}
