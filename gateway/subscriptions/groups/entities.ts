import type { GraphQLFormattedError } from 'graphql';
import type { EntityRequest, SendToSubgraph, SubgraphAnswer, SubgraphRequest } from '../../execution/execution.ts';
import { copy } from '../../execution/answer/merge.ts';
import type { JsonObject } from '../../execution/answer/path.ts';
import type { Caller } from '../../identity/forwarding.ts';
import type { Counters } from '../../metrics/subscriptionMetrics.ts';

const windowMs = 2;
const mostKeys = 500;

/** Requests for the same of different entities, as one. */
interface Batch {
  request: SubgraphRequest;
  entities: EntityRequest;
  /** By text, so that an entity that several ask for is asked for once. */
  keys: Map<string, number>;
  waiting: { indexes: number[]; resolve: (answer: SubgraphAnswer) => void }[];
}

/**
 * Lets the events of different users ask for entities together: within 2 ms, at most 500, and nothing is kept afterwards. Only of subgraphs that
 * answer everyone alike, and to hold that by construction the request carries nobody's token.
 */
export function batchEntities(
  send: SendToSubgraph,
  isIdentityFree: (service: string) => boolean,
  counters: Counters,
): SendToSubgraph {
  const open = new Map<string, Batch>();

  const dispatch = async ({ request, entities, keys, waiting }: Batch) => {
    counters.entityRequests++;
    counters.entityKeys += keys.size;
    const representations = [...keys.keys()];
    const parts = entities.parts.map((part) => ({ ...part, representations }));
    const answer = await send({
      ...request,
      caller: withoutIdentity(request.caller),
      body: entities.bodyFor([representations]),
      entities: { ...entities, parts },
    });
    for (const { indexes, resolve } of waiting) resolve(partOf(answer, indexes));
  };

  return (request) => {
    const { entities } = request;
    const [part, ...others] = entities?.parts ?? [];
    if (!entities || !part || others.length > 0 || !request.caller.isPatient || !isIdentityFree(request.service))
      return send(request);
    const { selection, representations } = part;
    const name = `${request.url} ${selection}`;
    let batch = open.get(name);
    if (!batch || batch.keys.size + representations.length > mostKeys) {
      const opened: Batch = { request, entities, keys: new Map(), waiting: [] };
      open.set(name, (batch = opened));
      setTimeout(() => {
        if (open.get(name) === opened) open.delete(name);
        void dispatch(opened);
      }, windowMs);
    }
    const { keys, waiting } = batch;
    const indexes = representations.map((key) => {
      if (!keys.has(key)) keys.set(key, keys.size);
      return keys.get(key)!;
    });
    return new Promise((resolve) => waiting.push({ indexes, resolve }));
  };
}

const withoutIdentity = ({ requestId, isPatient }: Caller): Caller => ({
  ...{ viewer: null, authorization: undefined, requestId },
  ...(isPatient && { isPatient }),
});

/** What one of them would have been answered alone. Nobody else has the same objects, since answers are merged in place. */
function partOf({ data, errors }: SubgraphAnswer, indexes: readonly number[]): SubgraphAnswer {
  const entities = data?.['_entities'] as JsonObject[] | undefined;
  const own = (errors ?? []).flatMap((error): GraphQLFormattedError[] => {
    const [root, index, ...rest] = error.path ?? [];
    if (root !== '_entities' || typeof index !== 'number') return [error];
    return indexes.flatMap((each, place) => (each === index ? [{ ...error, path: [root, place, ...rest] }] : []));
  });
  return {
    data: entities ? { _entities: indexes.map((index) => copy(entities[index] ?? null)) } : null,
    ...(own.length > 0 && { errors: own }),
  };
}
