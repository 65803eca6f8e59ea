import { StartRefusal } from '../../shared/environment.ts';
import { type DocumentSettings, type Documents, openDocuments } from '../documents/documents.ts';
import { createApolloExecution } from '../execution/apollo.ts';
import { type CompiledSettings, createExecution } from '../execution/compiled.ts';
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
  extends Pick<CompiledSettings, 'isLabelOn' | 'grantPolicies' | 'log' | 'heads'>, DocumentSettings {
  /** Introspection and suggestions. */
  development: boolean;
  /** Whether equal queries of one identity that are asked at the same time share a request to a subgraph; they do unless told otherwise. */
  singleFlight?: boolean;
  /** What subgraphs answer is kept there; absent: nowhere. */
  answerCache?: AnswerCacheSettings | undefined;
  /** Who executes queries and mutations; subscriptions are always executed by ours. */
  execution?: 'questline' | 'apollo';
}

export function openGraph(
  source: SupergraphSource,
  send: SendToSubgraph,
  settings: GraphSettings,
  counters: Counters,
): Graph {
  const { development } = settings;
  const terms = loadTerms(source);
  const execution = read(loadSupergraph(source), (sdl) => {
    const kept = settings.answerCache ? cacheAnswers(send, sdl, settings.answerCache) : send;
    const batched = batchEntities(kept, (service) => terms.identityFree.includes(service), counters);
    const ours = createExecution(sdl, batched, settings);
    if (settings.execution !== 'apollo') return ours;
    const { execute, write } = createApolloExecution(sdl, batched);
    return { ...ours, execute, write };
  });
  const documents = openDocuments(execution.apiSchema, execution.supergraphSdl, development, settings);
  return { execution, documents, terms };
}

function read(supergraphSdl: string, create: (supergraphSdl: string) => Execution): Execution {
  try {
    return create(supergraphSdl);
  } catch (error) {
    throw new StartRefusal(
      `The supergraph cannot be read: ${(error as Error).message.slice(0, 300)}`,
      'It must be a schema that composition has made: by `npm run compose`, Rover or Hive.',
    );
  }
}
