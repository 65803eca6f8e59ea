import { Refusal } from '../../../shared/errors.ts';
import type { Furniture } from '../../../shared/subgraph/joined.ts';
import { isUuid } from '../../../shared/uuid.rules.ts';
import { type PostDraft, faultsOf, isName } from './post.rules.ts';
import {
  type Category,
  type Post,
  findPosts,
  findTags,
  saveCategory,
  saveConfirmation,
  saveHidden,
  savePost,
  saveReport,
} from './postStore.ts';
import { blocksAtMost, removeBlock, saveBlock } from './blockStore.ts';
import { type Interest, removeInterest, saveInterest } from './interestStore.ts';

const noSuchPost = () => new Refusal('NOT_FOUND', 'There is no such post.');

/** What people do with posts. Each throws the Refusal that says why not. */
export interface Posting {
  createCategory(name: string, tags: readonly string[]): Promise<Category>;
  create(authorId: string, draft: PostDraft): Promise<Post>;
  confirm(userId: string, postId: string): Promise<Post>;
  report(userId: string, postId: string): Promise<boolean>;
  hide(postId: string): Promise<boolean>;
  block(userId: string, authorId: string): Promise<boolean>;
  unblock(userId: string, authorId: string): Promise<boolean>;
  subscribe(userId: string, interest: Interest): Promise<Interest>;
  unsubscribe(userId: string, category: string): Promise<boolean>;
}

/** `posted` is told once a post is committed. */
export function openPosting({ database, commit, send, clock }: Furniture, posted: () => void): Posting {
  const seen = async (em: Parameters<typeof findPosts>[0], postId: string): Promise<Post> => {
    const [post] = isUuid(postId) ? await findPosts(em, [postId]) : [];
    if (!post) throw noSuchPost();
    return post;
  };
  return {
    async createCategory(name, tags) {
      if (![name, ...tags].every(isName) || tags.length > 20)
        throw new Refusal(
          'BAD_USER_INPUT',
          'A category and its tags, at most 20, are named by 2 to 32 of a-z, 0-9 and dash.',
        );
      return commit((transaction) => saveCategory(transaction, name, tags));
    },
    async create(authorId, draft) {
      const faults = faultsOf(draft, await findTags(database.fork(), draft.category));
      if (faults.length > 0) throw new Refusal('BAD_USER_INPUT', faults.join(' '));
      const now = clock();
      const post = await commit(async (transaction) => {
        const saved = await savePost(transaction, authorId, draft, now);
        const { id, category, severity } = saved;
        const event = { id: `post:${id}`, type: 'AlertPosted', userId: authorId, occurredAt: now };
        await send(transaction, [{ ...event, data: { category, severity } }]);
        return saved;
      });
      posted();
      return post;
    },
    confirm: (userId, postId) =>
      commit(async (transaction) => {
        const post = await seen(transaction, postId);
        if (post.authorId === userId) throw new Refusal('CONFLICT', 'It takes others to confirm what you have posted.');
        if (!(await saveConfirmation(transaction, post.id, userId))) return post;
        const event = { id: `confirm:${post.id}`, type: 'AlertConfirmed', userId, occurredAt: clock() };
        await send(transaction, [{ ...event, data: { category: post.category, severity: post.severity } }]);
        return seen(transaction, postId);
      }),
    report: (userId, postId) =>
      commit(async (transaction) => {
        await saveReport(transaction, (await seen(transaction, postId)).id, userId);
        return true;
      }),
    hide: (postId) =>
      commit(async (transaction) => {
        if (!isUuid(postId) || !(await saveHidden(transaction, postId, clock()))) throw noSuchPost();
        return true;
      }),
    async block(userId, authorId) {
      if (!isUuid(authorId)) throw new Refusal('NOT_FOUND', 'There is no such author.');
      if (authorId.toLowerCase() === userId) throw new Refusal('CONFLICT', 'Nobody can block themselves.');
      if (!(await commit((transaction) => saveBlock(transaction, userId, authorId))))
        throw new Refusal('CONFLICT', `You have blocked ${blocksAtMost} authors, and there may be no more.`);
      return true;
    },
    unblock: async (userId, authorId) =>
      isUuid(authorId) && commit((transaction) => removeBlock(transaction, userId, authorId)),
    async subscribe(userId, { category, tags }) {
      const known = await findTags(database.fork(), category);
      const wanted = [...new Set(tags)].sort();
      if (!known || !wanted.every((tag) => known.includes(tag)))
        throw new Refusal('BAD_USER_INPUT', 'There is no such category, or it has not all of these tags.');
      const interest = { category, tags: wanted };
      await commit((transaction) => saveInterest(transaction, userId, interest));
      return interest;
    },
    unsubscribe: (userId, category) => commit((transaction) => removeInterest(transaction, userId, category)),
  };
}
