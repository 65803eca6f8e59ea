import { type Documents, openDocuments } from './documents.ts';
import { type Execution, type SendToSubgraph, createExecution } from './execution/execution.ts';
import { type SupergraphSource, loadSupergraph } from './supergraph.ts';

/** One composed supergraph in service: which documents it accepts, and how it executes them. A reload makes another. */
export interface Graph {
  execution: Execution;
  documents: Documents;
}

export function openGraph(source: SupergraphSource, send: SendToSubgraph, development: boolean): Graph {
  const execution = createExecution(loadSupergraph(source), send);
  return { execution, documents: openDocuments(execution.apiSchema, development) };
}
