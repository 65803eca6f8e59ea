import type { PublicationTerms } from '../../../shared/questTerms.rules.ts';
import type { Draft, Quest } from './definition.rules.ts';
import { rewardFields } from './reward.rules.ts';
import { list, record } from './shape.rules.ts';
import { isInstant } from './values.rules.ts';

/** What publishing a version does with attempts that have begun and with what happened before, beside what the version says itself. */
export type Publication = PublicationTerms;

/** What somebody asks for; absent: nothing is done with the past, and attempts end by their own version. */
export type Asked = { readonly [Name in keyof Publication]?: Publication[Name] | null | undefined };

export const publicationOf = ({ inFlight, backfill, maxPayout }: Asked): Publication => ({
  inFlight: inFlight ?? 'KEEP',
  backfill: backfill ?? 'NONE',
  maxPayout: maxPayout ?? [],
});

const budget = list(
  record({
    noun: 'a budget',
    members: { item: rewardFields.item, quantity: rewardFields.quantity },
    inWords: ({ item, quantity }: { item: string; quantity: number }) => `${quantity} ${item}`,
  }),
  {
    from: 0,
    to: 20,
    once: {
      of: (value) => (value as { item?: unknown } | null)?.item,
      at: '.item',
      must: 'is there already: each item has one budget.',
    },
  },
);

/** What is wrong with the publication itself, whatever it publishes. */
export function checkPublication({ backfill, maxPayout }: Publication): string[] {
  const faults = budget.faults(maxPayout, 'maxPayout');
  if (maxPayout.length === 0 || backfill !== 'NONE') return faults;
  return [...faults, 'maxPayout needs a backfill of SILENT or NOTIFY: nothing else is paid by publishing.'];
}

/** A quest that begins in the past has to say what becomes of it. */
export function checkPast(quest: Quest | null, next: Draft, { backfill }: Publication, now: Date): string[] {
  if (quest !== null || backfill !== 'NONE' || !isInstant(next.startsAt) || next.startsAt >= now) return [];
  return [
    'startsAt must not lie in the past without a backfill: what has happened since would not count. Publish with a backfill of SILENT or NOTIFY, or leave startsAt out to begin now.',
  ];
}
