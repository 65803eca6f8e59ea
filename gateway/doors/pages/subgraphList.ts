import type { IncomingMessage, ServerResponse } from 'node:http';
import { Refusal } from '../../../shared/errors.ts';
import { answerJson } from '../../../shared/process/http.ts';
import { type Viewer, withRole } from '../../../shared/identity.ts';
import type { Graph } from '../../supergraph/graph.ts';
import { joinedGraphs } from '../../supergraph/addresses.ts';

/** Where operators' pages read what the graph is made of: subgraphs join and leave, and no page knows them beforehand. */
export const subgraphsPath = '/subgraphs';

interface ListedSubgraph {
  name: string;
  /** The field of `Query` that tells how it does, which bears its name: `authHealth`. */
  health: string | null;
}

/** False for another path. Operators only. */
export async function answerSubgraphList(
  path: string,
  { method }: IncomingMessage,
  response: ServerResponse,
  viewer: () => Promise<Viewer | null>,
  { execution }: Graph,
): Promise<boolean> {
  if (path !== subgraphsPath) return false;
  withRole(await viewer(), 'OPERATOR');
  if (method !== 'GET') throw new Refusal('BAD_REQUEST', 'The list of subgraphs is read by GET.');
  const fields = execution.apiSchema.getQueryType()?.getFields() ?? {};
  const subgraphs = joinedGraphs(execution.supergraphSdl).map(({ name }): ListedSubgraph => {
    const field = `${name.replaceAll(/[^A-Za-z0-9]+(.)/g, (_, letter: string) => letter.toUpperCase())}Health`;
    return { name, health: Object.hasOwn(fields, field) ? field : null };
  });
  response.setHeader('cache-control', 'no-store');
  answerJson(response, 200, { subgraphs });
  return true;
}
