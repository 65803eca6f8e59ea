import type { DocumentNode } from 'graphql';
import { AnswerHeads, type HeadSettings } from './answer/answerHeads.ts';
import { Refusal } from '../../shared/errors.ts';
import { beginSpan, isTracing } from '../../shared/process/tracing.ts';
import { type ReadSupergraph, readSupergraph } from '../supergraph/readSupergraph.ts';
import type { Log } from '../../shared/process/log.ts';
import type { Caller } from '../identity/forwarding.ts';
import { type CompiledPlan, compilePlan, parsed } from './plan/compiledPlan.ts';
import type {
  Execution,
  Operation,
  OperationInUse,
  SendToSubgraph,
  SubgraphAnswer,
  SubscriptionPlan,
  WrittenResult,
} from './execution.ts';
import { SingleFlight, sendOnce } from './fetch/singleFlight.ts';
import { copy } from './answer/merge.ts';
import type { JsonObject } from './answer/path.ts';
import { Unresolvable } from './plan/steps/coverage.ts';
import { plannerSteps } from './plan/planner.ts';
import { type Steps, atOnce } from './steps.ts';
import { type GrantPolicies, Guards } from './authorization/guards.ts';
import { conditionVariables } from './plan/operation/conditions.ts';
import { type IsLabelOn, OverrideLabels } from './plan/operation/labels.ts';
import { PlanCache } from './plan/planCache.ts';
import { rewrite } from './plan/rewrite.ts';
import type { Variables } from './plan/operation/selection.ts';
import { rootField } from './rootField.ts';
import { asClientError } from './run.ts';
import { isOfTypeIn } from './answer/runtimeType.ts';

export interface CompiledSettings {
  /** What is collected of the heads of subgraphs' answers; absent: nothing. */
  heads?: HeadSettings | undefined;
  /** Whether equal queries of one identity share their answer while it is on its way, and different ones their equal requests to subgraphs. */
  singleFlight?: boolean;
  /** Which labels of progressive overrides are on, percentages aside; none unless told. */
  isLabelOn?: IsLabelOn;
  /** Which policies of `@policy` a caller fulfils; none unless told. */
  grantPolicies?: GrantPolicies;
  log?: Log;
  /** The supergraph was read once before, elsewhere, and need not be validated. */
  isChecked?: boolean;
  /** Whether clients may defer fragments. */
  defer?: boolean;
}

/** So many plans are made before a new supergraph is served; the others are made when they are asked for. */
const mostPrepared = 500;

/** A plan, and what is the same for all operations that have it. */
interface Planned {
  key: string;
  compiled: CompiledPlan;
  usage: OperationInUse;
}

/**
 * Execution by plans that are compiled once: see `Plan`, then `compileCalls` for what is sent and `compileProjection` for what is answered.
 * Throws when the supergraph cannot be read. Calls subgraphs by `send` only.
 */
export const createExecution = (supergraphSdl: string, send: SendToSubgraph, settings?: CompiledSettings): Execution =>
  atOnce(executionSteps(atOnce(readSupergraph(supergraphSdl, settings)), send, settings));

/** The same, with pauses. */
export function* executionSteps(
  supergraph: ReadSupergraph,
  send: SendToSubgraph,
  settings: Omit<CompiledSettings, 'isChecked'> = {},
): Steps<Execution> {
  const { singleFlight = true } = settings;
  const planner = yield* plannerSteps(supergraph);
  yield;
  const { apiSchema, subgraphs } = planner;
  const isOfType = isOfTypeIn(planner.schema);
  const urls = new Map(subgraphs.map(({ name, url }) => [name, url]));
  const urlOf = (service: string) => urls.get(service)!;
  const requests = new SingleFlight<SubgraphAnswer>();
  const answers = new SingleFlight<WrittenResult>();
  const share = singleFlight ? sendOnce(send, requests) : send;
  const guards = new Guards(planner.schema, settings.grantPolicies);
  yield;
  const overrides = new OverrideLabels(supergraph.document, settings.isLabelOn);
  const plans = new PlanCache<Planned>((document, text) => {
    const deciding = conditionVariables(document);
    const labels = overrides.labelsOf(document);
    return (operation) => {
      let choice = operation.operationName ?? '';
      if (operation.mayDefer) choice += ' @defer';
      for (const name of deciding) choice += operation.variables[name] === true ? ' 1' : ' 0';
      for (const label of overrides.chosen(labels, operation, text)) choice += ` ${label}`;
      return guards.areEmpty ? choice : `${choice} ${guards.grantsOf(operation.caller).key}`;
    };
  });

  /** The caller is told something now. */
  const settle = (caller: Caller) => {
    requests.forget(caller);
    answers.forget(caller);
  };

  const planFor = (operation: Operation): Planned =>
    plans.get(operation, (key, text) => {
      const { document, operationName, variables, caller } = operation;
      const grants = guards.grantsOf(caller);
      const span = isTracing() ? beginSpan('plan', {}) : undefined;
      try {
        const plan = planner.plan(document, {
          operationName: operationName ?? undefined,
          variables,
          labels: overrides.chosen(overrides.labelsOf(document), operation, text),
          isAllowed: (coordinate) => guards.allow(coordinate, grants),
          mayDefer: operation.mayDefer ?? false,
        });
        const usage = {
          text: document.loc?.source.body ?? text,
          operationName,
          conditions: conditionsIn(document, variables),
        };
        return { key, compiled: compilePlan(plan, apiSchema, urlOf, isOfType), usage };
      } catch (error) {
        if (error instanceof Refusal) throw error;
        settings.log?.warn(
          { err: error, operationName, requestId: caller.requestId },
          'an operation cannot be planned',
        );
        const reason = error instanceof Unresolvable ? error.message : 'the reason is in the log of the gateway';
        throw new Refusal('QUERY_PLANNING_FAILED', `The operation is valid but cannot be planned: ${reason}.`);
      } finally {
        span?.end();
      }
    });

  const marked =
    ({ hasOpaqueInput }: Operation) =>
    (to: SendToSubgraph): SendToSubgraph =>
      hasOpaqueInput ? (request) => to({ ...request, hasOpaqueInput }) : to;

  const write = async (operation: Operation): Promise<WrittenResult> => {
    const { key, compiled } = planFor(operation);
    const { variables, caller } = operation;
    const mark = marked(operation);
    const run = async (by: Caller, sendBy: SendToSubgraph): Promise<WrittenResult> => {
      const heads = settings.heads && new AnswerHeads(settings.heads);
      const sending = heads ? heads.noting(mark(sendBy)) : mark(sendBy);
      const answer = await compiled.execute({ variables, caller: by, send: sending });
      return heads ? { ...answer, head: heads.head() } : answer;
    };
    if (!singleFlight) return run(caller, send);
    try {
      if (compiled.plan.operation.operation === 'mutation') return await run(caller, send);
      const execute = (signal: AbortSignal | undefined) => run({ ...caller, signal }, share);
      return (await answers.join(caller, `${caller.cache ?? ''} ${key} ${JSON.stringify(variables)}`, execute)).answer;
    } finally {
      settle(caller);
    }
  };

  return {
    apiSchema,
    supergraphSdl: supergraph.sdl,
    subgraphs,
    inUse: () => plans.newest(mostPrepared).map(({ usage }) => usage),
    prepare(operation) {
      if (guards.areEmpty) planFor(operation);
    },
    execute: async (operation) => parsed(await write(operation)),
    write,
    /** Such an operation shares nothing with others: whoever is told a part of it has been told something. */
    async writeInParts(operation) {
      const { compiled } = planFor({ ...operation, mayDefer: true });
      const { variables, caller } = operation;
      const heads = settings.heads && new AnswerHeads({ ...settings.heads, isCacheable: false });
      const sending = marked(operation)(send);
      const answer = await compiled.executeInParts({
        variables,
        caller,
        send: heads ? heads.noting(sending) : sending,
      });
      settle(caller);
      return heads ? { ...answer, head: heads.head() } : answer;
    },
    planSubscription(operation): SubscriptionPlan {
      const { compiled } = planFor(operation);
      const { primary, document, clientKeys } = compiled.plan;
      if (!primary) throw new Error('the operation is not a subscription');
      const { variables, caller } = operation;
      return {
        service: primary.serviceName,
        url: urlOf(primary.serviceName),
        query: primary.operation,
        operationName: primary.operationName,
        variables: Object.fromEntries(
          (primary.variableUsages ?? []).flatMap((name) =>
            Object.hasOwn(variables, name) ? [[name, variables[name]]] : [],
          ),
        ),
        rootField: rootField(apiSchema, { ...operation, document }),
        hasOpaqueInput: operation.hasOpaqueInput,
        async complete(event) {
          const data = (copy(event.data as JsonObject | null | undefined) ?? {}) as JsonObject;
          rewrite(primary.outputRewrites ?? [], data, isOfType);
          const errors = (event.errors ?? []).map((error) => asClientError(error, error.path, clientKeys));
          const result = await compiled.execute({ variables, caller, send: share }, { data, errors });
          settle(caller);
          return result;
        },
      };
    },
  };
}

/** Of the variables those that conditions are about, and nothing that a client may want to keep for itself. */
function conditionsIn(document: DocumentNode, variables: Variables): Record<string, boolean> {
  return Object.fromEntries([...conditionVariables(document)].map((name) => [name, variables[name] === true]));
}
