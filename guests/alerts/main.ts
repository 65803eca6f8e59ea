import { runJoined } from '../../shared/subgraph/joined.ts';
import { alerts } from './subgraph.ts';

await runJoined(alerts);
