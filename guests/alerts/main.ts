import { runJoined } from '../../shared/joined.ts';
import { alerts } from './subgraph.ts';

await runJoined(alerts);
