import { StartRefusal } from '../../shared/process/environment.ts';
import { type DocumentSettings, type Documents, openDocuments } from '../documents/documents.ts';
import { createApolloExecution } from '../execution/apollo.ts';
import { type CompiledSettings, executionSteps } from '../execution/compiled.ts';
import { type ReadSupergraph, readSupergraph } from './readSupergraph.ts';
import { type Steps, atOnce } from '../execution/steps.ts';
import { type AnswerCacheSettings, cacheAnswers } from '../cache/answerCache.ts';
import type { Execution, SendToSubgraph } from '../execution/execution.ts';
import { batchEntities } from '../subscriptions/groups/entities.ts';
import type { Counters } from '../metrics/subscriptionMetrics.ts';
import type { Terms } from './terms.ts';
import { type SupergraphSource, loadSupergraph, loadTerms } from './supergraph.ts';

/** One composed supergraph in service: which documents it accepts, and how it executes them. A reload makes another. */
export interface Graph {
  execution: Execution;
  documents: Documents;
  terms: Terms;
}

export interface GraphSettings
  extends
    Pick<CompiledSettings, 'isLabelOn' | 'grantPolicies' | 'log' | 'heads' | 'isChecked' | 'defer'>,
    DocumentSettings {
  /** Introspection and suggestions. */
  development: boolean;
  /** Whether equal queries of one identity that are asked at the same time share a request to a subgraph; they do unless told otherwise. */
  singleFlight?: boolean;
  /** What subgraphs answer is kept there; absent: nowhere. */
  answerCache?: AnswerCacheSettings | undefined;
  /** Who executes queries and mutations; subscriptions are always executed by ours. */
  execution?: 'questline' | 'apollo';
}

export const openGraph = (
  source: SupergraphSource,
  send: SendToSubgraph,
  settings: GraphSettings,
  counters: Counters,
): Graph => atOnce(graphSteps(source, send, settings, counters));

/** The same, with pauses. */
export function* graphSteps(
  source: SupergraphSource,
  send: SendToSubgraph,
  settings: GraphSettings,
  counters: Counters,
): Steps<Graph> {
  const { development, answerCache } = settings;
  const terms = loadTerms(source);
  const sdl = loadSupergraph(source);
  const kept = answerCache ? cacheAnswers(send, sdl, answerCache) : send;
  const batched = batchEntities(kept, (service) => terms.identityFree.includes(service), counters);
  const { supergraph, execution } = yield* read(sdl, batched, settings);
  yield;
  const documents = openDocuments(execution.apiSchema, supergraph.schema, development, settings);
  return { execution, documents, terms };
}

function* read(
  sdl: string,
  send: SendToSubgraph,
  settings: GraphSettings,
): Steps<Pick<ReadSupergraph, 'supergraph'> & { execution: Execution }> {
  const isOurs = settings.execution !== 'apollo';
  // Apollo's executor knows nothing of deferred fragments.
  const defer = isOurs && settings.defer;
  try {
    const read = yield* readSupergraph(sdl, { isChecked: settings.isChecked, defer });
    yield;
    const ours = yield* executionSteps(read, send, { ...settings, defer });
    const { supergraph } = read;
    if (isOurs) return { supergraph, execution: ours };
    const { execute, write, writeInParts } = createApolloExecution(sdl, send);
    return { supergraph, execution: { ...ours, execute, write, writeInParts } };
  } catch (error) {
    throw new StartRefusal(
      `The supergraph cannot be read: ${(error as Error).message.slice(0, 300)}`,
      'It must be a schema that composition has made: by `npm run compose`, Rover or Hive.',
    );
  }
}
