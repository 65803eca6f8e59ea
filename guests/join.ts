import { fileURLToPath } from 'node:url';
import { alerts } from './alerts/subgraph.ts';
import { quotesHere } from './quotes/subgraph.ts';
import { venue } from './venue/subgraph.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Who joins with `npm start -- --guests`. */
export default {
  subgraphs: [quotesHere(process.env['QUOTES_PROVIDER']), alerts, venue],
  pages: here('.'),
  supergraph: here('./supergraph.yaml'),
  operations: [here('./quotes/operations'), here('./alerts/operations'), here('./venue/operations')],
  quests: [here('./quotes/quests.yaml'), here('./alerts/quests.yaml'), here('./venue/quests.yaml')],
};
