import { zoneOf } from '../../shared/timeZone.rules.ts';
import {
  type Definition,
  type Draft,
  type Quest,
  type RewardDefinition,
  checkQuest,
  rewardName,
} from './definition.rules.ts';

/** What a draft makes of a quest, or of none yet, and everything that speaks against it. */
export function planVersion(quest: Quest | null, draft: Draft, now: Date): { next: Draft; faults: string[] } {
  const next = quest ? nextVersion(quest, draft) : firstVersion(draft, now);
  return { next, faults: [...checkQuest(next), ...(quest ? checkNextVersion(quest, next, now) : [])] };
}

/** A first version: what the draft leaves out has its default, and it counts events from now on unless it says otherwise. */
export function firstVersion(draft: Draft, now: Date): Draft {
  const given = Object.entries(draft).filter(([, value]) => value !== undefined && value !== null);
  return {
    description: '',
    duplication: 1,
    period: 'EVENT',
    timeZone: null,
    graceHours: 0,
    freezes: 0,
    autoClaim: false,
    category: null,
    tags: [],
    startsAt: now,
    endsAt: null,
    hidden: false,
    ...Object.fromEntries(given),
  };
}

/** The next version of a quest: what the change leaves out stays as it is. */
export function nextVersion(quest: Quest, change: Draft): Draft {
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  return { ...definitionOf(quest), ...Object.fromEntries(given) };
}

/**
 * Every way in which the next version breaks what players were told. Name, trigger and startsAt never change; an end that was announced
 * stays one, and moves only while it has not come and never into the past, because events before it have counted.
 */
export function checkNextVersion(quest: Quest, next: Draft, now: Date): string[] {
  if (quest.archivedAt !== null) return ['name belongs to an archived quest, which never changes.'];
  const faults: string[] = [];
  if (next.name !== quest.name) faults.push('name never changes.');
  if (next.trigger !== quest.trigger) faults.push('trigger never changes.');
  if (instantOf(next.startsAt) !== instantOf(quest.startsAt)) faults.push('startsAt never changes.');
  if (instantOf(next.endsAt) === instantOf(quest.endsAt)) return faults;
  if (quest.endsAt === null) faults.push('endsAt cannot be added: the quest was defined without an end.');
  else if (next.endsAt === null) faults.push('endsAt cannot be removed.');
  else if (quest.endsAt <= now) faults.push('endsAt cannot move: the quest has ended.');
  else if (next.endsAt instanceof Date && next.endsAt <= now) faults.push('endsAt cannot move into the past.');
  return faults;
}

const instantOf = (value: unknown) => (value instanceof Date ? value.getTime() : value);

/** A draft that has no faults, as a definition: a time zone is written as usual, and rewards without a name get one. */
export function accepted(draft: Draft): Definition {
  const { rewards, timeZone, ...rest } = draft as Definition;
  return { ...rest, timeZone: timeZone && zoneOf(timeZone)!, rewards: rewards.map(named) };
}

const named = ({ name, item, quantity }: Partial<RewardDefinition> & RewardDefinition): RewardDefinition => ({
  name: name ?? rewardName(item, quantity),
  item,
  quantity,
});

/** What operators decided about a quest, without what the catalog adds. */
export function definitionOf({
  id: _,
  archivedAt: __,
  version: ___,
  createdAt: ____,
  rewards,
  ...rest
}: Quest): Definition {
  return { ...rest, rewards: rewards.map(named) };
}

export function isSame(one: Definition, other: Definition): boolean {
  const canonical = (definition: Definition) =>
    JSON.stringify(Object.entries(definition).sort(([a], [b]) => (a < b ? -1 : 1)));
  return canonical(one) === canonical(other);
}
