import { type ExecutionResult, GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import type { Caller } from '../../identity/forwarding.ts';
import { compileCalls } from '../fetch/calls.ts';
import type { SendToSubgraph, WrittenResult } from '../execution.ts';
import type { JsonObject } from '../answer/path.ts';
import type { Plan } from './planner.ts';
import { compileProjection } from '../answer/projection.ts';
import { type Run, runCalls } from '../run.ts';
import type { IsOfType } from '../answer/runtimeType.ts';
import { type Variables, conditionVariables } from './selection.ts';
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

/** Operations with more `@skip` and `@include` variables than can be met in this many ways are compiled anew for the rest. */
const mostProjections = 64;

export function compilePlan(
  plan: Plan,
  schema: GraphQLSchema,
  urlOf: (service: string) => string,
  isOfType: IsOfType,
): CompiledPlan {
  const calls = compileCalls(plan, urlOf, isOfType);
  const deciding = conditionVariables(plan.document);
  const projections = new Map<string, ReturnType<typeof compileProjection>>();
  const projectionFor = (variables: Variables) => {
    const choice = deciding.map((name) => (variables[name] === true ? 1 : 0)).join('');
    const known = projections.get(choice);
    if (known) return known;
    const made = compileProjection(schema, plan, variables);
    if (projections.size < mostProjections) projections.set(choice, made);
    return made;
  };
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
      const text = projectionFor(variables)(run.data, writing);
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
  data: JSON.parse(data) as JsonObject | null,
  ...(errors && { errors }),
});

function withInternalNames(variables: Variables, clientVariables: ReadonlyMap<string, string>): Variables {
  if (clientVariables.size === 0) return variables;
  const result: Record<string, unknown> = { ...variables };
  for (const [internal, name] of clientVariables)
    if (Object.hasOwn(variables, name)) result[internal] = variables[name];
  return result;
}

/** A missing value is no news where a subgraph has reported an error above it, below it, or without saying where. */
const isExplained = ({ path }: Misfit, errors: readonly GraphQLFormattedError[]): boolean =>
  errors.some(
    (error) => !error.path || path.every((element, i) => i >= error.path!.length || error.path![i] === element),
  );

const asError = ({ message, path }: Misfit): GraphQLFormattedError => ({
  message,
  path,
  extensions: { code: 'INTERNAL_SERVER_ERROR' },
});

function asGraphQLError({ message, path, extensions }: GraphQLFormattedError): GraphQLError {
  return new GraphQLError(message, { ...(path && { path }), ...(extensions && { extensions }) });
}
