import { Refusal } from '../../shared/errors.ts';
import { signedIn, withRole } from '../../shared/identity.ts';
import { cursorOf, positionOf } from '../../shared/subgraph/paging.ts';
import { type Context, timelineList } from './context.ts';
import type { Resolvers } from './schema.generated.ts';
import type { Entry } from './timeline/timelineStore.ts';

/** Of the contract in schema.graphql and operations/. */
const version = '1.0.0';

/** The caller's alerts after the cursor, or from now on. Throws BAD_USER_INPUT for a cursor of another reader or of the future. */
async function subscribe(
  _: unknown,
  { after }: { after?: string | null },
  context: Context,
): Promise<AsyncIterable<Entry>> {
  const { id } = signedIn(context.viewer);
  const last = await context.findLast(id);
  const position = after === null || after === undefined ? last : positionOf(timelineList(id), after);
  if (BigInt(position) > BigInt(last)) throw new Refusal('BAD_USER_INPUT', 'The cursor is ahead of the stream.');
  return context.streams.open(id, position);
}

export const resolvers: Resolvers = {
  Query: {
    alertCategories: (_, __, { viewer, findCategories }) => (signedIn(viewer), findCategories()),
    reportedAlerts(_, { top }, { viewer, findReported }) {
      withRole(viewer, 'OPERATOR');
      const limit = top ?? 20;
      if (limit < 1 || limit > 100) throw new Refusal('BAD_USER_INPUT', 'top takes a number from 1 to 100.');
      return findReported(limit);
    },
    alertsHealth: (_, __, { viewer, findHealth }) => (withRole(viewer, 'OPERATOR'), findHealth()),
    alertsStatus: () => ({ status: 'healthy', version }),
  },
  Mutation: {
    async createAlertCategory(_, { name, tags }, { operator, posting }) {
      await operator('CREATE_ALERT_CATEGORY', name);
      return posting.createCategory(name, tags);
    },
    createPost: (_, { input }, { viewer, posting }) => {
      const { tags = [], severity = 'INFO', location, ...texts } = input;
      return posting.create(signedIn(viewer).id, { ...texts, tags, severity, location: location ?? null });
    },
    confirmPost: (_, { id }, { viewer, posting }) => posting.confirm(signedIn(viewer).id, id),
    reportPost: (_, { id }, { viewer, posting }) => posting.report(signedIn(viewer).id, id),
    blockAuthor: (_, { userId }, { viewer, posting }) => posting.block(signedIn(viewer).id, userId),
    unblockAuthor: (_, { userId }, { viewer, posting }) => posting.unblock(signedIn(viewer).id, userId),
    async hidePost(_, { id }, { operator, posting }) {
      await operator('HIDE_ALERT', id);
      return posting.hide(id);
    },
    subscribeTo: (_, interest, { viewer, posting }) => posting.subscribe(signedIn(viewer).id, interest),
    unsubscribeFrom: (_, { category }, { viewer, posting }) => posting.unsubscribe(signedIn(viewer).id, category),
  },
  Subscription: { alertPosted: { subscribe, resolve: (entry: Entry) => entry } },
  AlertPosted: {
    cursor: ({ userId, seq }) => cursorOf(timelineList(userId), seq),
    async alert({ postId }, _, { postById }) {
      const post = await postById.load(postId);
      if (!post) throw new Refusal('NOT_FOUND', 'The post was hidden a moment ago.');
      return post;
    },
  },
  Alert: {
    author: ({ authorId }) => ({ id: authorId }),
    location: ({ lat, lon }) => (lat === null || lon === null ? null : { lat, lon }),
  },
  User: {
    __resolveReference: ({ id }) => ({ id }),
    timeline: ({ id }, asked, { own, timelineOf }) => timelineOf(own(id), asked),
    alertSubscriptions: ({ id }, _, { own, findInterests }) => findInterests(own(id)),
    blockedAuthors: async ({ id }, _, { own, findBlocked }) =>
      (await findBlocked(own(id))).map((author) => ({ id: author })),
    alertCursor: async ({ id }, _, { own, findLast }) => cursorOf(timelineList(own(id)), await findLast(id)),
  },
};
