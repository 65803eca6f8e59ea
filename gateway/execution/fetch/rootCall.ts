import { bodyStart, clientVariables, renamedKeys, writeVariables } from './body.ts';
import { copy, merge } from '../answer/merge.ts';
import { type JsonObject, type ResponsePath, placesAt } from '../answer/path.ts';
import { askedKeys } from '../plan/steps/asked.ts';
import { rewrite } from '../plan/rewrite.ts';
import { type Call, type ClientKeys, type Run, asClientError } from '../run.ts';
import type { IsOfType } from '../answer/runtimeType.ts';
import type { Step } from '../plan/steps/steps.ts';

/** An object of the answer that stands for the root type. */
interface Root {
  object: JsonObject;
  path: ResponsePath;
}

/**
 * A fetch from the root type of a subgraph. Its answer is merged into the client's wherever the step's path leads: at the root, or at each
 * field of type `Query` or `Mutation` inside the answer. Where there is no such object, nothing is sent.
 */
export function rootCall(
  { fetch, path }: Step,
  own: readonly string[],
  url: string,
  isOfType: IsOfType,
  clientKeys: ClientKeys,
): Call['run'] {
  const service = fetch.serviceName;
  const isQuery = fetch.operationKind === 'query';
  const start = bodyStart(fetch.operation, fetch.operationName);
  const names = clientVariables(fetch);
  const asked = askedKeys(fetch);
  const rewrites = fetch.outputRewrites ?? [];
  const keys = new Map([...clientKeys, ...renamedKeys(fetch)]);

  const ask = async (run: Run, roots: readonly Root[]): Promise<void> => {
    const body = `${start}${writeVariables(names, run.variables)}}}`;
    const { data, errors } = await run.send({
      service,
      url,
      body,
      caller: run.caller,
      mayRepeat: isQuery,
    });
    for (const error of errors ?? [])
      if (!error.path) run.errors.push(asClientError(error, undefined, keys));
      else for (const { path: at } of roots) run.errors.push(asClientError(error, [...at, ...error.path], keys));
    if (!data) return;
    rewrite(rewrites, data as JsonObject, isOfType);
    roots.forEach(({ object }, i) => merge(object, i === 0 ? (data as JsonObject) : copy(data as JsonObject), asked));
  };

  if (path.length === 0) return (run) => ask(run, [{ object: run.data, path: [] }]);
  return async (run) => {
    const roots = placesAt(run.data, path);
    if (roots.length === 0) return;
    for (const { object } of roots) for (const key of own) delete object[key];
    if (isQuery) return ask(run, roots);
    // A mutation has its effect once for each place, one after the other.
    for (const root of roots) await ask(run, [root]);
  };
}
