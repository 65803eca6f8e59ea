import { runJoined } from '../../shared/joined.ts';
import { quotesBeside } from './subgraph.ts';

await runJoined(quotesBeside(process.env['QUOTES_AGGREGATOR']));
