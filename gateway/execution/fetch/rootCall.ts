import { bodyStart, clientVariables, renamedKeys, writeVariables } from './body.ts';
import { merge } from '../answer/merge.ts';
import type { JsonObject } from '../answer/path.ts';
import { rewrite } from '../plan/rewrite.ts';
import { type Call, type ClientKeys, asClientError, isTaken } from '../run.ts';
import type { IsOfType } from '../answer/runtimeType.ts';
import type { Step } from '../plan/steps.ts';

/** A fetch at the root of a plan: its answer is merged into the client's. */
export function rootCall(
  { fetch, conditions }: Step,
  url: string,
  isOfType: IsOfType,
  clientKeys: ClientKeys,
): Call['run'] {
  const service = fetch.serviceName;
  const mayRepeat = fetch.operationKind === 'query';
  const start = bodyStart(fetch.operation, fetch.operationName);
  const names = clientVariables(fetch);
  const rewrites = fetch.outputRewrites ?? [];
  const keys = new Map([...clientKeys, ...renamedKeys(fetch)]);
  return async (run) => {
    if (!isTaken(conditions, run.variables)) return;
    const body = `${start}${writeVariables(names, run.variables)}}}`;
    const { data, errors } = await run.send({ service, url, body, caller: run.caller, mayRepeat });
    for (const error of errors ?? []) run.errors.push(asClientError(error, error.path, keys));
    if (!data) return;
    rewrite(rewrites, data as JsonObject, isOfType);
    merge(run.data, data as JsonObject);
  };
}
