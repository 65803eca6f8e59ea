import type { GraphQLFormattedError } from 'graphql';
import type { Caller } from '../identity/forwarding.ts';
import type { SendToSubgraph } from './execution.ts';
import type { Json, JsonObject, ResponsePath } from './answer/path.ts';
import type { Variables } from './plan/operation/selection.ts';

/** An operation on its way: what the subgraphs have answered so far. */
export interface Run {
  variables: Variables;
  caller: Caller;
  send: SendToSubgraph;
  data: JsonObject;
  /** With paths of the client's answer. */
  errors: GraphQLFormattedError[];
  /** Objects that stand in several places of the answer. */
  shared: Set<Json>;
}

/** One request of a compiled plan, sent when the calls it waits for are done. */
export interface Call {
  /** The deferred fragment that it is for, by its label; absent: the answer cannot begin without it. */
  deferred?: string | undefined;
  after: readonly number[];
  run(run: Run): Promise<void>;
}

/** Runs every call as soon as those it waits for are done; they stand earlier in the list. */
export async function runCalls(calls: readonly Call[], run: Run): Promise<void> {
  await Promise.all(startCalls(calls, () => run));
}

/** The same without waiting, each call in a run of its own choice. */
export function startCalls(calls: readonly Call[], runOf: (call: Call) => Run): Promise<void>[] {
  const done: Promise<void>[] = [];
  for (const call of calls) {
    const { after, run: start } = call;
    const run = runOf(call);
    if (after.length === 0) done.push(start(run));
    else if (after.length === 1) done.push(done[after[0]!]!.then(() => start(run)));
    else done.push(Promise.all(after.map((index) => done[index]!)).then(() => start(run)));
  }
  return done;
}

/** The client's name of each response key that is not the client's own. */
export type ClientKeys = ReadonlyMap<string, string>;

/** An error of a subgraph as the client's, at a place of the answer; without a path when the place is not known. */
export function asClientError(
  error: GraphQLFormattedError,
  path: ResponsePath | undefined,
  keys: ClientKeys,
): GraphQLFormattedError {
  const { message, extensions } = error;
  return {
    message,
    ...(path && {
      path: path.map((element) => (typeof element === 'string' ? (keys.get(element) ?? element) : element)),
    }),
    ...(extensions && { extensions }),
  };
}
