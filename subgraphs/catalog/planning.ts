import type { Transaction } from '../../shared/database/database.ts';
import type { Definition, Draft } from './definition/definition.rules.ts';
import { type Publication, checkPast } from './definition/publication.rules.ts';
import { awaitedBy, ownPeriodFaults, stuckAmong, stuckFault } from './definition/ownCompletions.rules.ts';
import { checkRequires, namesOf } from './definition/requires.rules.ts';
import { accepted, planVersion } from './definition/version.rules.ts';
import type { StoredQuest } from './entities.ts';
import { questOf } from './questRows.ts';
import { findAwaiting, findRequired } from './reading.ts';

/** What somebody wants to make of a quest, or of none yet. */
interface Wanted {
  row: StoredQuest | undefined;
  draft: Draft;
}

interface Plan {
  row: StoredQuest | undefined;
  next: Definition;
}

/** What these drafts make of their quests, all of them together. `refuse` gets the faults of each and throws if there are any. */
export async function planEach(
  transaction: Transaction,
  wanted: readonly Wanted[],
  publication: Publication,
  now: Date,
  refuse: (faults: string[][]) => void,
): Promise<Plan[]> {
  const known = await findRequired(transaction);
  const plans = wanted.map(({ row, draft }) => {
    const quest = row ? questOf(row) : null;
    const { next, faults } = planVersion(quest, { ...draft, ...named(draft) }, now);
    return { row, next, faults: [...faults, ...checkPast(quest, next, publication, now)] };
  });
  function named({ requires }: Draft): Draft {
    const isNames = Array.isArray(requires) && requires.every((one) => typeof one === 'string');
    return isNames ? { requires: namesOf(requires as string[], known) } : {};
  }
  const isSaid = (faults: readonly string[]) => faults.some((fault) => fault.startsWith('requires'));
  const requires = checkRequires(
    plans.map(({ next, faults }) => ({
      name: String(next.name),
      requires: isSaid(faults) ? [] : (next.requires as string[]),
    })),
    known,
  );
  const waiting = await waitingFaults(
    transaction,
    plans.map(({ row, next, faults }, index) => ({
      id: row?.id ?? null,
      next: faults.length + requires[index]!.length === 0 ? accepted(next) : null,
    })),
  );
  refuse(plans.map(({ faults }, index) => [...faults, ...requires[index]!, ...waiting[index]!]));
  return plans.map(({ row, next }) => ({ row, next: accepted(next) }));
}

/** Faults of quests that count completions, given what all wait for once these are stored. In the order of `plans`; of one that has faults already none. */
async function waitingFaults(
  transaction: Transaction,
  plans: readonly { id: string | null; next: Definition | null }[],
): Promise<string[][]> {
  const planned = plans.flatMap(({ id, next }) => (next ? [{ id, ...next, awaits: awaitedBy(next) }] : []));
  const mayWait = planned.some(({ requires, awaits }) => requires.length + awaits.length > 0);
  const names = new Set(planned.map(({ name }) => name));
  const others = mayWait ? (await findAwaiting(transaction)).filter(({ name }) => !names.has(name)) : [];
  const stuck = stuckAmong([...planned, ...others]);
  return plans.map(({ id, next }) => {
    if (!next) return [];
    return [...ownPeriodFaults(next, id), ...(stuck.has(next.name) ? [stuckFault] : [])];
  });
}
