import { fileURLToPath } from 'node:url';
import { quotesHere } from './quotes/subgraph.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Who joins with `npm start -- --guests`. */
export default {
  subgraphs: [quotesHere(process.env['QUOTES_PROVIDER'])],
  supergraph: here('./supergraph.yaml'),
  operations: [here('./quotes/operations')],
  quests: [here('./quotes/quests.yaml')],
};
