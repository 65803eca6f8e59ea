import { runJoined } from '../../shared/joined.ts';
import { venue } from './subgraph.ts';

await runJoined(venue);
