import { type Environment, StartRefusal, required } from '../process/environment.ts';
import { hasJoined } from '../events.ts';

/** Subgraphs that have joined, by the names under which their events travel. */

const form = /^[a-z][a-z0-9-]{0,31}$/;

/** The sources that EVENT_SOURCES names, with commas between. None when it is not set. Throws StartRefusal. */
export function sourcesIn(environment: Environment): string[] {
  const names = (environment['EVENT_SOURCES'] ?? '').split(',').flatMap((name) => name.trim() || []);
  const wrong = names.find((name) => !form.test(name) || !hasJoined(name));
  if (wrong !== undefined)
    throw new StartRefusal(
      `EVENT_SOURCES names "${wrong.slice(0, 40)}", which is no subgraph that can join.`,
      'Name each by 1 to 32 of a-z, 0-9 and dash, and unlike the subgraphs that are there already.',
    );
  return [...new Set(names)];
}

/** EVENT_KEY, with which a subgraph that has joined signs its events. Throws StartRefusal. */
export function eventKey(environment: Environment): string {
  const key = required(environment, 'EVENT_KEY', 'what this subgraph signs its events with');
  if (!/^[0-9a-f]{64}$/.test(key))
    throw new StartRefusal(
      'EVENT_KEY is no key of a source.',
      'Set it to what `npm run -s secrets -- --source NAME` prints.',
    );
  return key;
}
