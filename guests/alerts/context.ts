import DataLoader from 'dataloader';
import { forbidden } from '../../shared/errors.ts';
import { type Viewer, signedIn } from '../../shared/identity.ts';
import type { Furniture } from '../../shared/subgraph/joined.ts';
import { type Connection, connectionOf, pageOf } from '../../shared/subgraph/paging.ts';
import type { Caller } from '../../shared/subgraph/subgraph.ts';
import { type Interest, findInterests } from './posts/interestStore.ts';
import type { Posting } from './posts/posting.ts';
import { findBlocked } from './posts/blockStore.ts';
import { type Category, type Post, type Reported, findCategories, findPosts, findReported } from './posts/postStore.ts';
import type { AlertStreams } from './timeline/alertStreams.ts';
import { readTimeline } from './timeline/timeline.ts';
import type { TimelineCache } from './timeline/timelineCache.ts';
import { findLast } from './timeline/timelineStore.ts';

/** A user, known by the id alone. */
export interface UserRef {
  id: string;
}

/** What a resolver has at hand during one request. */
export interface Context {
  viewer: Viewer | null;
  posting: Posting;
  streams: AlertStreams;
  postById: DataLoader<string, Post | null>;
  findCategories(): Promise<Category[]>;
  findInterests(userId: string): Promise<Interest[]>;
  findBlocked(userId: string): Promise<string[]>;
  findReported(top: number): Promise<Reported[]>;
  findLast(userId: string): Promise<string>;
  timelineOf(userId: string, asked: { first?: number | null; after?: string | null }): Promise<Connection<Post>>;
  /** The id of a user who is the caller. Throws FORBIDDEN: nobody reads what comes to others, operators neither. */
  own(userId: string): string;
  /** The caller, who must be an operator. Throws FORBIDDEN, and then it is on record. */
  operator(action: string, targetId: string | null): Promise<unknown>;
  findHealth: Furniture['findHealth'];
}

export const timelineList = (userId: string) => `alerts-${userId}`;

export function contextMaker(furniture: Furniture, cache: TimelineCache, streams: AlertStreams, posting: Posting) {
  const { database, clock, findHealth, operators } = furniture;
  return ({ viewer, requestId }: Caller): Context => {
    const postById = new DataLoader<string, Post | null>(async (ids) => {
      const found = new Map((await findPosts(database.fork(), ids)).map((post) => [post.id, post]));
      return ids.map((id) => found.get(id) ?? null);
    });
    return {
      viewer,
      posting,
      streams,
      postById,
      findCategories: () => findCategories(database.fork()),
      findInterests: (userId) => findInterests(database.fork(), userId),
      findBlocked: (userId) => findBlocked(database.fork(), userId),
      findReported: (top) => findReported(database.fork(), top),
      findLast: (userId) => findLast(database.fork(), userId),
      async timelineOf(userId, asked) {
        const list = timelineList(userId);
        const page = pageOf(list, asked);
        const entries = await readTimeline(database, cache, userId, page.before, page.limit + 1);
        const places = connectionOf(
          list,
          page,
          entries.map((entry) => ({ ...entry, position: entry.seq })),
        );
        const blocked = new Set(await findBlocked(database.fork(), userId));
        // What operators have hidden, or is of somebody blocked, is no longer there; its place is.
        const edges = await Promise.all(
          places.edges.map(async ({ cursor, node: { postId } }) => ({ cursor, node: await postById.load(postId) })),
        );
        const shown = edges.filter(
          (edge): edge is { cursor: string; node: Post } => edge.node !== null && !blocked.has(edge.node.authorId),
        );
        return { edges: shown, nodes: shown.map(({ node }) => node), pageInfo: places.pageInfo };
      },
      own(userId) {
        if (signedIn(viewer).id !== userId) throw forbidden();
        return userId;
      },
      operator: (action, targetId) => operators({ viewer, action, targetId, requestId, now: clock() }),
      findHealth,
    };
  };
}
