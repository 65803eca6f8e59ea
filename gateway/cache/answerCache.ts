import { hash } from 'node:crypto';
import { leastCacheable } from '../execution/answer/cacheControl.ts';
import { isExactNumber, parseExact } from '../execution/answer/exactJson.ts';
import type { Json, JsonObject } from '../execution/answer/path.ts';
import type { EntityRequest, SendToSubgraph, SubgraphAnswer, SubgraphRequest } from '../execution/execution.ts';
import type { Lookups } from './lookups.ts';
import type { CacheEntry, NewEntry } from './cacheStore.ts';
import { type Item, entityTags, isScalar, itemOf, nameOf, shapeOf, tagOf } from './cacheKeys.ts';
import { type Freshness, freshnessOf } from './freshness.ts';

export interface AnswerCacheSettings {
  lookups: Lookups;
  /** Whether answers of a subgraph are kept at all. */
  isCached(service: string): boolean;
  /** Nothing is kept for longer. */
  longestMs: number;
}

/**
 * Keeps what subgraphs answer for as long as their Cache-Control allows: entities one by one, everything else by request. Private answers are found
 * again by their caller alone. Errors, nulls, and entities that are not those asked for are never kept; events of subscriptions are always asked
 * for. A mutation ends what its caller has. `graphSdl`: another schema finds nothing of the one before.
 */
export function cacheAnswers(send: SendToSubgraph, graphSdl: string, settings: AnswerCacheSettings): SendToSubgraph {
  const { lookups, isCached, longestMs } = settings;
  const graph = hash('sha256', graphSdl, 'base64url');

  const keep = (items: readonly Item[], values: readonly (Json | undefined)[], fresh: Freshness, asOf: number) =>
    lookups.keep(
      items.flatMap((item, i): NewEntry[] => {
        const value = values[i];
        if (value === undefined) return [];
        const { isShared, ms, tags } = fresh;
        const entry = { text: JSON.stringify(value), expiresAt: Date.now() + ms, isShared };
        return [{ ...entry, key: isShared ? item.shared : item.own, tags: [...item.tags, ...tags.map(tagOf.named)] }];
      }),
      asOf,
    );

  const askRoot = async (request: SubgraphRequest): Promise<SubgraphAnswer> => {
    const { caller, service, body } = request;
    const name = nameOf(caller);
    const shape = shapeOf(graph, request, body);
    const tags = [tagOf.subgraph(service), tagOf.type(service, 'Query'), tagOf.identity(name)];
    const items = [itemOf(shape, '', caller, name, tags)];
    const { kept, asOf, end } = await lookups.find(service, items, shape, caller.cache);
    try {
      const [known] = kept;
      if (known) return { data: objectIn(known), headers: { 'cache-control': [allowedBy(known)] } };
      const answer = await send(request);
      const fresh = freshnessOf(answer.headers, longestMs);
      const { data } = answer;
      const isWhole = data && !answer.errors && Object.values(data).every(hasNoGap);
      lookups.isShared(shape, fresh?.isShared === true);
      if (fresh && isWhole) await keep(items, [data as JsonObject], fresh, asOf);
      return answer;
    } finally {
      end();
    }
  };

  const askEntities = async (request: SubgraphRequest, asked: EntityRequest): Promise<SubgraphAnswer> => {
    const { caller, service } = request;
    const name = nameOf(caller);
    const shape = shapeOf(graph, request, JSON.stringify(asked.parts.map(({ selection }) => selection)));
    const wanted = asked.parts.flatMap((part, index) => {
      const own = shapeOf(graph, request, part.selection);
      return part.representations.map((text) => {
        const representation = parseExact(text) as JsonObject;
        const tags = [...entityTags(service, representation), tagOf.identity(name)];
        return { part: index, text, representation, item: itemOf(own, text, caller, name, tags) };
      });
    });
    const items = wanted.map(({ item }) => item);
    const { kept, asOf, end } = await lookups.find(service, items, shape, caller.cache);
    try {
      const missing = wanted.filter((_, i) => !kept[i]);
      const lists = asked.parts.map((_, index) => missing.flatMap(({ part, text }) => (part === index ? [text] : [])));
      const answer =
        missing.length === 0
          ? undefined
          : await send(missing.length === wanted.length ? request : narrowed(request, asked, lists));
      if (!answer) return together(asked, kept, undefined);
      const values = asked.parts.map(({ key }) => answer.data?.[key]);
      const isUsable = values.every((value, i) => Array.isArray(value) && value.length === lists[i]!.length);
      // Whoever asked for several parts at once asks for each alone when the whole has failed.
      if (!isUsable && (answer.data || asked.parts.length > 1)) return unusable(answer);
      const fresh = freshnessOf(answer.headers, longestMs);
      lookups.isShared(shape, fresh?.isShared === true);
      if (fresh && isUsable && !answer.errors) {
        const found = values.flat() as (Json | undefined)[];
        const keepable = missing.map(({ representation }, i) =>
          isThat(found[i], representation) ? found[i] : undefined,
        );
        await keep(
          missing.map(({ item }) => item),
          keepable,
          fresh,
          asOf,
        );
      }
      return together(asked, kept, answer);
    } finally {
      end();
    }
  };

  return async (request) => {
    const { caller, service, entities } = request;
    if (!request.mayRepeat) {
      const answer = await send(request);
      // While the store is away nothing is found in it either.
      await lookups.invalidate([tagOf.identity(nameOf(caller))]).catch(() => {});
      return answer;
    }
    if (caller.isPatient || caller.cache === 'off' || !isCached(service)) return send(request);
    return entities ? askEntities(request, entities) : askRoot(request);
  };
}

const unusable = (answer: SubgraphAnswer): SubgraphAnswer => ({
  ...answer,
  data: null,
  errors: answer.errors ?? [
    { message: 'other entities were answered than asked for', extensions: { code: 'INTERNAL_SERVER_ERROR' } },
  ],
});

/** Neither null nor a list with a null in it: what is not there now may be there soon. */
const hasNoGap = (value: unknown): boolean => value !== null && !(Array.isArray(value) && value.includes(null));

/** The same request for fewer entities. */
function narrowed(request: SubgraphRequest, asked: EntityRequest, lists: readonly (readonly string[])[]) {
  const parts = asked.parts.map((part, i) => ({ ...part, representations: lists[i]! }));
  return { ...request, body: asked.bodyFor(lists), entities: { ...asked, parts } };
}

/** What was kept and what was answered, in the order in which it was asked for. */
function together(
  { parts }: EntityRequest,
  kept: readonly (CacheEntry | undefined)[],
  answer: SubgraphAnswer | undefined,
): SubgraphAnswer {
  let at = 0;
  const data: JsonObject = {};
  /** By part, where each answered entity stands among all. */
  const places: number[][] = [];
  for (const { key, representations } of parts) {
    const answered = (answer?.data?.[key] ?? []) as Json[];
    const place: number[] = [];
    data[key] = representations.map((_, i) => {
      const known = kept[at++];
      return known ? objectIn(known) : (answered[place.push(i) - 1] ?? null);
    });
    places.push(place);
  }
  const errors = answer?.errors?.map((error) => {
    const [key, index, ...rest] = error.path ?? [];
    const part = parts.findIndex((each) => each.key === key);
    return part < 0 || typeof index !== 'number' ? error : { ...error, path: [key!, places[part]![index]!, ...rest] };
  });
  const allowed = [...kept.flatMap((each) => (each ? [allowedBy(each)] : []))];
  if (answer) allowed.push(answer.headers?.['cache-control']?.[0] ?? 'no-store');
  return {
    data,
    ...(errors && { errors }),
    headers: { ...answer?.headers, 'cache-control': [leastCacheable(allowed) ?? 'no-store'] },
  };
}

const objectIn = ({ text }: CacheEntry) => parseExact(text) as JsonObject;

/** What a cache behind this one may do with it. */
const allowedBy = ({ expiresAt, isShared }: CacheEntry): string =>
  `max-age=${Math.max(0, Math.floor((expiresAt - Date.now()) / 1000))}, ${isShared ? 'public' : 'private'}`;

/** An object, and no other one than was asked for. */
function isThat(value: Json | undefined, representation: JsonObject): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isExactNumber(value)) return false;
  return Object.entries(representation).every(
    ([name, sent]) =>
      name === '__typename' || !isScalar(sent) || !isScalar(value[name]) || String(value[name]) === String(sent),
  );
}
