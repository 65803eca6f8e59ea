import { Refusal } from '../errors.ts';

/** A page of a list that is ordered by a number: everything below `before`, highest first. */
export interface Page {
  /** 1 to 100 */
  limit: number;
  before: string | null;
}

export interface Connection<Node> {
  edges: { cursor: string; node: Node }[];
  nodes: Node[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/** An opaque cursor; it carries the name of its list, so that one of another list is refused. */
export const cursorOf = (list: string, position: string): string =>
  Buffer.from(`${list}:${position}`).toString('base64url');

/** The position of a cursor of this list. Throws BAD_USER_INPUT. */
export function positionOf(list: string, cursor: string, form = /^\d{1,18}$/): string {
  const [, position] = /^[\w-]+:(.+)$/.exec(Buffer.from(cursor, 'base64url').toString('utf8')) ?? [];
  if (position === undefined || !form.test(position) || cursorOf(list, position) !== cursor)
    throw new Refusal('BAD_USER_INPUT', 'The cursor does not belong to this list.');
  return position;
}

/** Checks the arguments of a connection, whose positions are numbers unless `form` says otherwise. Throws BAD_USER_INPUT. */
export function pageOf(
  list: string,
  { first, after }: { first?: number | null; after?: string | null },
  form?: RegExp,
): Page {
  const limit = first === undefined ? 20 : first;
  if (limit === null || limit < 1 || limit > 100)
    throw new Refusal('BAD_USER_INPUT', 'first takes a number from 1 to 100.');
  return { limit, before: after === null || after === undefined ? null : positionOf(list, after, form) };
}

/** A connection from `limit + 1` rows: the one too many tells that there is a next page. */
export function connectionOf<Node extends { position: string }>(
  list: string,
  page: Page,
  found: Node[],
): Connection<Node> {
  const nodes = found.slice(0, page.limit);
  const edges = nodes.map((node) => ({ cursor: cursorOf(list, node.position), node }));
  return {
    edges,
    nodes,
    pageInfo: { hasNextPage: found.length > page.limit, endCursor: edges.at(-1)?.cursor ?? null },
  };
}
