import { StartRefusal } from '../../shared/process/environment.ts';
import type { Log } from '../../shared/process/log.ts';
import type { Caller } from '../identity/forwarding.ts';
import { type Steps, inTurns } from '../execution/steps.ts';
import { composeApart } from './composeApart.ts';
import type { Graph } from './graph.ts';
import type { SupergraphSource } from './supergraph.ts';

export interface ReloadSettings {
  source: SupergraphSource;
  graph(): Graph;
  /** Reads a supergraph that was checked. */
  read(composed: SupergraphSource): Steps<Graph>;
  /** Serves another graph from now on. Throws, and changes nothing, when something else does not fit it. */
  serve(next: Graph): Promise<void>;
  log: Log;
}

/** Composes again and serves the result. False, and the old one stays, when it cannot be served. */
export type Reload = () => Promise<boolean>;

/**
 * Reloads without a pause: composition and checks go on in a thread, what must be done here is done in steps, and the operations in use have
 * their plans before the first request meets the new graph. One reload at a time; whoever asks meanwhile gets the one after.
 */
export function openReload({ source, graph, read, serve, log }: ReloadSettings): Reload {
  const reload = async () => {
    try {
      const next = await inTurns(read(await composeApart(source)));
      await inTurns(preparations(graph(), next));
      await serve(next);
      log.info('the supergraph is composed anew');
      return true;
    } catch (error) {
      const reason = error instanceof StartRefusal ? { reason: error.message, fix: error.fix } : { err: error };
      log.error(reason, 'the new supergraph cannot be served; the old one stays');
      return false;
    }
  };
  let running: Promise<boolean> | undefined;
  let waiting: Promise<boolean> | undefined;
  const begin = () => {
    const started = reload().finally(() => {
      if (running === started) running = undefined;
    });
    return (running = started);
  };
  return () => {
    if (!running) return begin();
    waiting ??= running.then(() => {
      waiting = undefined;
      return begin();
    });
    return waiting;
  };
}

const nobody: Caller = { viewer: null, authorization: undefined, requestId: 'reload' };

/** Parses, checks and plans by the new graph what the old one has plans for; what does not fit it any more is for its clients to hear. */
function* preparations(before: Graph, next: Graph): Steps<void> {
  for (const { text, operationName, conditions } of before.execution.inUse()) {
    const document = next.documents.prepare(text);
    try {
      if (document) next.execution.prepare({ document, operationName, variables: conditions, caller: nobody });
    } catch {
      // It was told when the plan failed.
    }
    yield;
  }
}
