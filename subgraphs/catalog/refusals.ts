import { Refusal } from '../../shared/errors.ts';

/** Refuses with every fault at once, if there is any. */
export function refuseFaults(faults: readonly string[]): void {
  if (faults.length > 0) throw new Refusal('BAD_USER_INPUT', faults.join(' '), { faults });
}

export const unknownQuest = () => new Refusal('NOT_FOUND', 'There is no quest with this id.');
export const nameTaken = () => new Refusal('CONFLICT', 'A quest with this name exists already.');
export const archivedQuest = () => new Refusal('CONFLICT', 'An archived quest never changes.');
