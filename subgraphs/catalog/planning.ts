import type { Transaction } from '../../shared/database.ts';
import type { Definition, Draft } from './definition/definition.rules.ts';
import { type Publication, checkPast } from './definition/publication.rules.ts';
import { checkRequires, namesOf } from './definition/requires.rules.ts';
import { accepted, planVersion } from './definition/version.rules.ts';
import type { StoredQuest } from './entities.ts';
import { questOf } from './questRows.ts';
import { findRequired } from './reading.ts';

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
  refuse(plans.map(({ faults }, index) => [...faults, ...requires[index]!]));
  return plans.map(({ row, next }) => ({ row, next: accepted(next) }));
}
