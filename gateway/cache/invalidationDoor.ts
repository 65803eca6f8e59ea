import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Refusal, unauthenticated } from '../../shared/errors.ts';
import { HttpRefusal, answerJson, readBody } from '../../shared/process/http.ts';
import { parseJson } from '../doors/http/operationText.ts';
import { isScalar, tagOf } from './cacheKeys.ts';

/** What is to be asked of its subgraph again: by a tag that the subgraph gave it, or by subgraph, type, and a field of its key. */
type Invalidation = { tag: string } | { subgraph: string; type?: string; key?: Record<string, unknown> };

export type InvalidationDoor = (path: string, request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

const at = '/cache/invalidate';
const largestBody = 64 * 1024;

/** POST /cache/invalidate with a list of what is to go, for whoever shows one of the secrets. Resolves to whether the request was for this door. */
export function openInvalidationDoor(
  secrets: readonly string[],
  invalidate: (tags: readonly string[]) => Promise<number>,
): InvalidationDoor {
  const expected = secrets.map((secret) => digest(`Bearer ${secret}`));
  return async (path, request, response) => {
    if (path !== at) return false;
    response.setHeader('cache-control', 'no-store');
    const shown = digest(request.headers.authorization ?? '');
    if (!expected.some((one) => timingSafeEqual(shown, one))) throw unauthenticated();
    if (request.method !== 'POST') {
      response.setHeader('allow', 'POST');
      throw new HttpRefusal(405, 'Entries are invalidated by POST.');
    }
    const given = parseJson(await readBody(request, largestBody));
    const tags = (Array.isArray(given) ? given : [given]).map(tagIn);
    answerJson(response, 200, { invalidated: await invalidate(tags).catch(unavailable) });
    return true;
  };
}

function tagIn(given: unknown): string {
  const { tag, subgraph, type, key } = (given ?? {}) as Partial<Record<'tag' | 'subgraph' | 'type' | 'key', unknown>>;
  if (isText(tag) && subgraph === undefined) return tagOf.named(tag);
  if (isText(subgraph) && key === undefined && (type === undefined || isText(type)))
    return type === undefined ? tagOf.subgraph(subgraph) : tagOf.type(subgraph, type);
  const [field] = typeof key === 'object' && key !== null ? Object.entries(key) : [];
  if (isText(subgraph) && isText(type) && field && isScalar(field[1]))
    return tagOf.entity(subgraph, type, field[0], field[1]);
  const forms: Invalidation[] = [
    { tag: 'a-tag' },
    { subgraph: 'products' },
    { subgraph: 'products', type: 'Product' },
    { subgraph: 'products', type: 'Product', key: { upc: '1' } },
  ];
  const known = forms.map((form) => JSON.stringify(form)).join(', ');
  throw new Refusal('BAD_USER_INPUT', `Each entry must be one of ${known}.`);
}

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= 500;
const digest = (text: string) => createHash('sha256').update(text).digest();

function unavailable(): never {
  throw new Refusal('UNAVAILABLE', 'The cache cannot be reached at the moment. Try again.', { retryAfterSeconds: 1 });
}
