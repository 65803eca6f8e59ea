/** Which quests a player must have completed before another opens. */

/** A quest as far as others may require it. */
export interface Required {
  id: string;
  name: string;
  requires: readonly string[];
  isArchived: boolean;
}

/** Names in place of ids; what is neither stays as it was written. */
export function namesOf(references: readonly string[], known: readonly Required[]): string[] {
  return references.map((reference) => {
    if (known.some(({ name }) => name === reference)) return reference;
    return known.find(({ id }) => id === reference.toLowerCase())?.name ?? reference;
  });
}

/** What is wrong with each quest's prerequisites, given what all quests require once these are stored. In the order of `quests`. */
export function checkRequires(
  quests: readonly { name: string; requires: readonly string[] }[],
  known: readonly Required[],
): string[][] {
  const all = new Map<string, Pick<Required, 'requires' | 'isArchived'>>(known.map((quest) => [quest.name, quest]));
  for (const { name, requires } of quests) all.set(name, { requires, isArchived: all.get(name)?.isArchived ?? false });
  return quests.map(({ name, requires }) =>
    requires.flatMap((required, index) => {
      const at = `requires[${index}]`;
      const found = all.get(required);
      if (!found) return [`${at} must be a quest: there is none with this name or id.`];
      if (found.isArchived)
        return [`${at} must not be ${required}, which is archived: nobody can complete it any more.`];
      const way = wayTo(name, required, all);
      return way ? [`${at} must not lead back to the quest itself: ${told([name, ...way])}.`] : [];
    }),
  );
}

const told = (way: readonly string[]) =>
  (way.length > 8 ? [...way.slice(0, 4), '...', ...way.slice(-3)] : way).join(' requires ');

/** The shortest way from one quest to another along what they require, both included; null: there is none. */
function wayTo(
  target: string,
  from: string,
  all: ReadonlyMap<string, Pick<Required, 'requires'>>,
): readonly string[] | null {
  const seen = new Set([from]);
  const ways = [[from]];
  for (const way of ways) {
    const last = way.at(-1)!;
    if (last === target) return way;
    for (const next of all.get(last)?.requires ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return null;
}

/** Those that are open and require this one. */
export const dependentsOf = (name: string, known: readonly Required[]): string[] =>
  known.filter(({ requires, isArchived }) => !isArchived && requires.includes(name)).map((quest) => quest.name);
