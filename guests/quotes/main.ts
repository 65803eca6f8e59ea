import { required } from '../../shared/environment.ts';
import { runJoined } from '../../shared/joined.ts';
import { quotesAt } from './subgraph.ts';

await runJoined(
  quotesAt(() => required(process.env, 'QUOTES_AGGREGATOR', 'where the aggregator of quotes is, http://...')),
);
