import { type Draft, type RewardDraft, emptyDraft, settled, written } from './draft.ts';
import { objectiveInWords } from './objectiveDraft.ts';
import type { QuestUpdate } from '../operations.generated.ts';

/** One line of what storing will change; `before` is absent where nothing was. */
export interface Change {
  field: keyof Draft;
  before?: string;
  after: string;
}

/** What the form that was not chosen says is nothing, and where steps pay, the quest itself does not. */
function said(typed: Draft): Partial<Draft> {
  const draft = settled(typed);
  const { trigger, streak, period, graceHours, freezes, objectives, rewards, form, ...rest } = draft;
  const simple = { trigger, streak, period, graceHours, freezes };
  return {
    ...rest,
    ...(form === 'SIMPLE' ? simple : { objectives }),
    ...(draft.steps.length === 0 && { rewards }),
  };
}

export function changes(before: Draft | undefined, after: Draft): Change[] {
  const [old, now] = [before && said(before), said(after)];
  return (Object.keys(emptyDraft) as (keyof Draft)[]).flatMap((field): Change[] => {
    const [was, is] = [old && shown(old[field]), shown(now[field])];
    if (was === is || (!old && (!is || is === shown(said(emptyDraft)[field])) && !always.includes(field))) return [];
    return [{ field, ...(was !== undefined && { before: was }), after: is }];
  });
}

/** Of a new quest, these are told even where they are as they usually are. */
const always: readonly (keyof Draft)[] = ['trigger', 'streak', 'rewards'];

const rewardInWords = ({ quantity, item, name }: RewardDraft) => `${quantity} ${item}${name && ` (${name})`}`;

function shown(value: Draft[keyof Draft] | undefined): string {
  if (!Array.isArray(value)) return value === undefined ? '' : String(value);
  const parts = value.map((one) => {
    if (typeof one === 'string') return one;
    if ('events' in one) return objectiveInWords(one);
    return 'rewards' in one ? `${one.target}: ${one.rewards.map(rewardInWords).join(' and ')}` : rewardInWords(one);
  });
  return parts.join(', ');
}

/** Only what differs: everything else stays as it is, even when somebody else has changed it meanwhile. */
export function updateOf(before: Draft, after: Draft): QuestUpdate {
  const { name: _, startsAt: __, ...input } = written(after);
  const changed = new Set<string>(changes(before, after).map(({ field }) => field));
  // The trigger is what chooses the simple form.
  const form = before.form !== after.form && after.form === 'SIMPLE' ? { trigger: after.trigger } : {};
  return { ...form, ...Object.fromEntries(Object.entries(input).filter(([field]) => changed.has(field))) };
}

/** What was typed, on top of what somebody else has stored meanwhile. */
export function rebased(before: Draft, typed: Draft, stored: Draft): Draft {
  const mine = (Object.keys(typed) as (keyof Draft)[]).filter((field) => {
    return JSON.stringify(before[field]) !== JSON.stringify(typed[field]);
  });
  return { ...stored, ...Object.fromEntries(mine.map((field) => [field, typed[field]])) };
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
