import { type ExecutionResult, GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import type { Caller } from '../../identity/forwarding.ts';
import { compileCalls } from '../fetch/calls.ts';
import type { SendToSubgraph, WrittenResult } from '../execution.ts';
import { parseExact } from '../answer/exactJson.ts';
import type { JsonObject } from '../answer/path.ts';
import type { Plan } from './planner.ts';
import { compileProjection } from '../answer/projection.ts';
import { type Run, runCalls } from '../run.ts';
import type { IsOfType } from '../answer/runtimeType.ts';
import { withInternalNames } from './names.ts';
import type { Variables } from './selection.ts';
import type { Misfit, Writing } from '../answer/writing.ts';

/** A plan ready to run, any number of times at once. */
export interface CompiledPlan {
  plan: Plan;
  /** `start` is what the client's answer begins with: nothing, or an event of the subscription. It becomes part of the answer. */
  execute(
    request: { variables: Variables; caller: Caller; send: SendToSubgraph },
    start?: Start,
  ): Promise<WrittenResult>;
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
  const project = compileProjection(schema, plan);
  return {
    plan,
    async execute({ variables: given, caller, send }, start) {
      const variables = withInternalNames(given, plan.clientVariables);
      const run: Run = {
        variables,
        caller,
        send,
        data: start?.data ?? {},
        errors: [...(start?.errors ?? [])],
        shared: new Set(),
      };
      await runCalls(calls, run);
      const writing: Writing = { variables, path: [], misfits: [], shared: run.shared, texts: new Map() };
      const text = project(run.data, writing);
      const errors = [
        ...run.errors,
        ...writing.misfits.filter((misfit) => !isExplained(misfit, run.errors)).map(asError),
      ];
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

/** A missing value is no news where a subgraph has reported an error above it, below it, or without saying where. */
const isExplained = ({ path, code }: Misfit, errors: readonly GraphQLFormattedError[]): boolean =>
  code === 'INTERNAL_SERVER_ERROR' &&
  errors.some(
    (error) => !error.path || path.every((element, i) => i >= error.path!.length || error.path![i] === element),
  );

const asError = ({ message, path, code }: Misfit): GraphQLFormattedError => ({
  message,
  path,
  extensions: { code },
});

function asGraphQLError({ message, path, extensions }: GraphQLFormattedError): GraphQLError {
  return new GraphQLError(message, { ...(path && { path }), ...(extensions && { extensions }) });
}
