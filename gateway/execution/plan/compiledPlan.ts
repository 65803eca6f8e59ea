import type { ExecutionResult, GraphQLFormattedError, GraphQLSchema } from 'graphql';
import type { Caller } from '../../identity/forwarding.ts';
import { compileCalls } from '../fetch/calls.ts';
import type { ResultInParts, SendToSubgraph, WrittenResult } from '../execution.ts';
import { asGraphQLError, unexplained } from '../answer/answerErrors.ts';
import { compileDeferred } from '../answer/deferred/deferredAnswer.ts';
import { parseExact } from '../answer/exactJson.ts';
import type { JsonObject } from '../answer/path.ts';
import type { Plan } from './planner.ts';
import { compileProjection } from '../answer/projection.ts';
import { type Run, runCalls } from '../run.ts';
import type { IsOfType } from '../answer/runtimeType.ts';
import { withInternalNames } from './operation/names.ts';
import type { Variables } from './operation/selection.ts';
import type { Writing } from '../answer/writing.ts';

/** A plan ready to run, any number of times at once. */
export interface CompiledPlan {
  plan: Plan;
  /** `start` is what the client's answer begins with: nothing, or an event of the subscription. It becomes part of the answer. */
  execute(
    request: { variables: Variables; caller: Caller; send: SendToSubgraph },
    start?: Start,
  ): Promise<WrittenResult>;
  /** The same of an operation that is planned with deferred fragments. */
  executeInParts(request: { variables: Variables; caller: Caller; send: SendToSubgraph }): Promise<ResultInParts>;
}

export interface Start {
  data: JsonObject;
  errors: readonly GraphQLFormattedError[];
}

export function compilePlan(
  plan: Plan,
  schema: GraphQLSchema,
  urlOf: (service: string) => string,
  isOfType: IsOfType,
): CompiledPlan {
  const calls = compileCalls(plan, urlOf, isOfType);
  const projection = compileProjection(schema, plan);
  const answerInParts = compileDeferred(schema, plan, projection);
  const begin = ({ variables, ...request }: Parameters<CompiledPlan['executeInParts']>[0], start?: Start): Run => ({
    ...request,
    variables: withInternalNames(variables, plan.clientVariables),
    data: start?.data ?? {},
    errors: [...(start?.errors ?? [])],
    shared: new Set(),
  });
  return {
    plan,
    executeInParts: (request) => answerInParts(calls, begin(request)),
    async execute(request, start) {
      const run = begin(request, start);
      const { variables } = run;
      await runCalls(calls, run);
      const writing: Writing = { variables, path: [], misfits: [], shared: run.shared, texts: new Map() };
      const text = projection.writeRoot(run.data, writing);
      const errors = [...run.errors, ...unexplained(writing.misfits, run.errors)];
      return {
        data: text,
        ...(errors.length > 0 && { errors: errors.map(asGraphQLError) }),
      };
    },
  };
}

/** For those who need the answer as an object. */
export const parsed = ({ data, errors }: WrittenResult): ExecutionResult => ({
  data: parseExact(data) as JsonObject | null,
  ...(errors && { errors }),
});
