import sequencer from '@jest/test-sequencer';

// It is CommonJS, and how much of that Node takes off depends on who imports.
const Sequencer = sequencer.default ?? sequencer;

/** What takes longest begins first, so that no worker is left with it alone at the end. */
const kinds = ['faults', 'start.live', 'operator', '.browser.', 'attacks', '.redis.', '.live.'];
const rank = ({ path }) => {
  const found = kinds.findIndex((kind) => path.includes(kind));
  return found < 0 ? kinds.length : found;
};

export default class LongestFirst extends Sequencer {
  sort(tests) {
    return [...tests].sort((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1));
  }
}
