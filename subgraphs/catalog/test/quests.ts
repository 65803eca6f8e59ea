import type { Definition, Draft, Quest } from '../definition/definition.rules.ts';
import { accepted, firstVersion } from '../definition/version.rules.ts';

/** A valid quest of the simple form, which says only what has to be said. */
export const simple = {
  name: 'win-twice',
  title: 'Win twice',
  trigger: 'MatchWon',
  streak: 2,
  rewards: [{ item: 'SWORD', quantity: 1 }],
} satisfies Draft;

const begin = new Date('2026-01-01T00:00:00Z');

/** Such a definition with every default, changed as a test wants it, whether or not that is valid. */
export const definitionWith = (changes: Partial<Definition> = {}): Definition => ({
  ...accepted(firstVersion(simple, begin)),
  ...changes,
});

/** The same as a quest that is stored. */
export function questWith(changes: Partial<Quest> = {}): Quest {
  const definition = definitionWith();
  return {
    ...definition,
    id: '00000000-0000-4000-8000-000000000000',
    rewards: definition.rewards.map((reward) => ({ ...reward, id: '00000000-0000-4000-8000-000000000001' })),
    steps: [],
    archivedAt: null,
    onArchive: null,
    version: 1,
    createdAt: begin,
    ...changes,
  };
}

/** An objective as somebody writes it. */
export const objective = (changes: object = {}) => ({ name: 'wins', events: ['MatchWon'], target: 10, ...changes });
/** A draft of the long form. */
export const long = (...objectives: object[]): Draft => {
  const { name, title, rewards } = simple;
  return { name, title, rewards, objectives };
};
