import { writeFileSync } from 'node:fs';
import { StartRefusal } from '../../shared/process/environment.ts';
import { routingUrls } from '../configuration/variables.ts';
import { loadSupergraph } from './supergraph.ts';

/** `npm run compose`: writes what the gateway would serve to supergraph.graphql, or says why it would not start. */
try {
  const faults: string[] = [];
  const urls = routingUrls(process.env, faults);
  if (faults.length > 0) throw new StartRefusal(faults.join('\n'), 'Correct these variables.');
  const sdl = loadSupergraph({ file: process.env['SUPERGRAPH'] ?? './supergraph.yaml', urls });
  writeFileSync('supergraph.graphql', sdl);
  console.log('supergraph.graphql is written.');
} catch (error) {
  if (!(error instanceof StartRefusal)) throw error;
  console.error(`${error.message}\n${error.fix}`);
  process.exitCode = 1;
}
