import { runJoined } from '../../shared/subgraph/joined.ts';
import { venue } from './subgraph.ts';

await runJoined(venue);
