import { randomUUID } from 'node:crypto';
import { type Transaction, rows } from '../../../shared/database/database.ts';
import { Refusal } from '../../../shared/errors.ts';
import { type PostDraft, type Severity, postsAnHour } from './post.rules.ts';

export interface Post {
  id: string;
  authorId: string;
  category: string;
  tags: string[];
  title: string;
  body: string;
  severity: Severity;
  lat: number | null;
  lon: number | null;
  postedAt: Date;
  confirmations: number;
}

export interface Category {
  name: string;
  tags: string[];
}

const columns = `id, author_id as "authorId", category, tags, title, body, severity, lat, lon, posted_at as "postedAt", confirmations`;
const postOf = (row: Post): Post => ({ ...row, postedAt: new Date(row.postedAt) });

export const findCategories = (em: Transaction): Promise<Category[]> =>
  rows(em, 'select name, tags from category order by name');

export async function findTags(em: Transaction, category: string): Promise<string[] | undefined> {
  const [found] = await rows<Category>(em, 'select name, tags from category where name = $1', [category]);
  return found?.tags;
}

export async function saveCategory(transaction: Transaction, name: string, tags: readonly string[]): Promise<Category> {
  const [saved] = await rows<Category>(
    transaction,
    `insert into category as c (name, tags) values ($1, $2)
     on conflict (name) do update set tags = array(select distinct unnest(c.tags || excluded.tags) order by 1) returning name, tags`,
    [name, [...new Set(tags)].sort()],
  );
  return saved!;
}

/** Stores a post, which is now on its way to everybody who wants to know. Throws RATE_LIMITED. */
export async function savePost(transaction: Transaction, authorId: string, draft: PostDraft, now: Date): Promise<Post> {
  // One at a time for each author, so that those at the same moment count each other.
  await rows(transaction, 'select pg_advisory_xact_lock(hashtextextended($1, 0))', [authorId]);
  const recent = await rows<{ posted_at: string }>(
    transaction,
    `select posted_at from post where author_id = $1 and posted_at > $2::timestamptz - interval '1 hour' order by posted_at desc limit $3`,
    [authorId, now, postsAnHour],
  );
  if (recent.length >= postsAnHour) {
    const since = now.getTime() - new Date(recent.at(-1)!.posted_at).getTime();
    const retryAfterSeconds = Math.max(1, Math.ceil((3_600_000 - since) / 1000));
    throw new Refusal('RATE_LIMITED', `You may post ${postsAnHour} times within an hour.`, { retryAfterSeconds });
  }
  const { category, tags, title, body, severity, location } = draft;
  const [post] = await rows<Post>(
    transaction,
    `insert into post (id, author_id, category, tags, title, body, severity, lat, lon, posted_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning ${columns}`,
    [randomUUID(), authorId, category, tags, title, body, severity, location?.lat ?? null, location?.lon ?? null, now],
  );
  await rows(transaction, 'insert into fanout (post_id) values ($1)', [post!.id]);
  return postOf(post!);
}

/** Those of these posts that may be seen. */
export async function findPosts(em: Transaction, ids: readonly string[]): Promise<Post[]> {
  const found = await rows<Post>(em, `select ${columns} from post where id = any($1::uuid[]) and hidden_at is null`, [
    ids,
  ]);
  return found.map(postOf);
}

export interface Reported {
  alert: Post;
  reports: number;
}

/** Posts that were reported and may be seen, those with most reports first; of equally many the last first. */
export async function findReported(em: Transaction, top: number): Promise<Reported[]> {
  const found = await rows<Post & { reports: number }>(
    em,
    `select ${columns}, reports from post join (select post_id, count(*)::int as reports from report group by 1) r on r.post_id = id
     where hidden_at is null order by reports desc, posted_at desc, id limit $1`,
    [top],
  );
  return found.map(({ reports, ...post }) => ({ alert: postOf(post), reports }));
}

/** True: it was not confirmed by this user before. */
export async function saveConfirmation(transaction: Transaction, postId: string, userId: string): Promise<boolean> {
  const isNew = await rows(
    transaction,
    'insert into confirmation (post_id, user_id) values ($1, $2) on conflict do nothing returning 1',
    [postId, userId],
  );
  if (isNew.length === 0) return false;
  await rows(transaction, 'update post set confirmations = confirmations + 1 where id = $1', [postId]);
  return true;
}

export const saveReport = (transaction: Transaction, postId: string, userId: string) =>
  rows(transaction, 'insert into report (post_id, user_id) values ($1, $2) on conflict do nothing', [postId, userId]);

/** False: there is no such post. */
export async function saveHidden(transaction: Transaction, postId: string, now: Date): Promise<boolean> {
  const hidden = await rows(
    transaction,
    'update post set hidden_at = coalesce(hidden_at, $2) where id = $1 returning 1',
    [postId, now],
  );
  return hidden.length > 0;
}

/** Removes these users' posts, what they said of others, and what came to them. */
export async function forgetUsers(transaction: Transaction, userIds: readonly string[]): Promise<void> {
  const gone = [userIds];
  await rows(
    transaction,
    `with removed as (delete from confirmation where user_id = any($1::uuid[]) returning post_id)
     update post set confirmations = confirmations - n from (select post_id, count(*) as n from removed group by 1) r where id = r.post_id`,
    gone,
  );
  for (const table of ['report', 'interest', 'timeline', 'reader'])
    await rows(transaction, `delete from ${table} where user_id = any($1::uuid[])`, gone);
  await rows(transaction, 'delete from block where user_id = any($1::uuid[]) or author_id = any($1::uuid[])', gone);
  await rows(transaction, 'delete from post where author_id = any($1::uuid[])', gone);
}
