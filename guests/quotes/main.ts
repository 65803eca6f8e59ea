import { runJoined } from '../../shared/subgraph/joined.ts';
import { quotesBeside } from './subgraph.ts';

await runJoined(quotesBeside(process.env['QUOTES_AGGREGATOR']));
