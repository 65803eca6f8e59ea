import { fileURLToPath } from 'node:url';
import { alerts } from './alerts/subgraph.ts';
import { quotesHere } from './quotes/subgraph.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Who joins with `npm start -- --guests`. */
export default {
  subgraphs: [quotesHere(process.env['QUOTES_PROVIDER']), alerts],
  supergraph: here('./supergraph.yaml'),
  operations: [here('./quotes/operations'), here('./alerts/operations')],
  quests: [here('./quotes/quests.yaml'), here('./alerts/quests.yaml')],
};
