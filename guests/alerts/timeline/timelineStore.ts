import { type Transaction, rows } from '../../../shared/database/database.ts';

/** A place of somebody's timeline. */
export interface Entry {
  userId: string;
  /** Higher is later. */
  seq: string;
  postId: string;
}

/** For so long a post is somebody's who brings it to its readers; then another may go on. */
const leaseSeconds = 10;

export interface Fanout {
  postId: string;
  authorId: string;
  category: string;
  tags: string[];
  /** The last reader that it has reached. */
  reached: string;
}

/** The post that has waited longest and that nobody brings to its readers at the moment. */
export async function claimFanout(transaction: Transaction): Promise<Fanout | undefined> {
  const [claimed] = await rows<Fanout>(
    transaction,
    `update fanout set free_at = clock_timestamp() + make_interval(secs => $1) from post
     where post.id = fanout.post_id and post_id = (select post_id from fanout where free_at <= clock_timestamp() order by free_at limit 1 for update skip locked)
     returning post_id as "postId", author_id as "authorId", category, tags, reached`,
    [leaseSeconds],
  );
  return claimed;
}

/** The next readers of a post, in the order of their ids. */
export async function findReaders(
  em: Transaction,
  { authorId, category, tags, reached }: Fanout,
  limit: number,
): Promise<string[]> {
  const found = await rows<{ user_id: string }>(
    em,
    `select user_id from interest where category = $1 and user_id > $2 and (tags = '{}' or tags && $3::text[])
       and not exists (select from block where block.user_id = interest.user_id and author_id = $5) order by user_id limit $4`,
    [category, reached, tags, limit, authorId],
  );
  return found.map((row) => row.user_id);
}

/** Puts a post on these readers' timelines, each once; resolves to where it stands there, whether it was there before or not. */
export async function saveEntries(
  transaction: Transaction,
  postId: string,
  userIds: readonly string[],
): Promise<Entry[]> {
  await rows(
    transaction,
    `with fresh as (select u from unnest($2::uuid[]) u where not exists (select from timeline where user_id = u and post_id = $1)),
       numbered as (insert into reader as r (user_id, seq) select u, 1 from fresh order by u
         on conflict (user_id) do update set seq = r.seq + 1 returning user_id, seq)
     insert into timeline (user_id, seq, post_id) select user_id, seq, $1 from numbered on conflict do nothing`,
    [postId, userIds],
  );
  return rows(
    transaction,
    'select user_id as "userId", seq, post_id as "postId" from timeline where post_id = $1 and user_id = any($2::uuid[])',
    [postId, userIds],
  );
}

/** Notes how far a post has come; `null`: it has reached everybody. */
export async function saveReached(transaction: Transaction, postId: string, reached: string | null): Promise<void> {
  if (reached === null) await rows(transaction, 'delete from fanout where post_id = $1', [postId]);
  else
    await rows(
      transaction,
      'update fanout set reached = $2, free_at = clock_timestamp() + make_interval(secs => $3) where post_id = $1',
      [postId, reached, leaseSeconds],
    );
}

/** The last entries of a timeline, or those before a place, the last first. */
export const findEntries = (em: Transaction, userId: string, before: string | null, limit: number): Promise<Entry[]> =>
  rows(
    em,
    `select user_id as "userId", seq, post_id as "postId" from timeline
     where user_id = $1 and ($2::bigint is null or seq < $2) order by seq desc limit $3`,
    [userId, before, limit],
  );

/** What several readers have after a place, the first first; of each reader at most `limit`. */
export const findLater = (
  em: Transaction,
  wishes: readonly { userId: string; after: string }[],
  limit: number,
): Promise<Entry[]> =>
  rows(
    em,
    `select t.user_id as "userId", t.seq, t.post_id as "postId" from unnest($1::uuid[], $2::bigint[]) w(user_id, after)
     cross join lateral (select timeline.* from timeline join post on post.id = post_id and hidden_at is null
       where user_id = w.user_id and seq > w.after
         and not exists (select from block where block.user_id = w.user_id and block.author_id = post.author_id) order by seq limit $3) t`,
    [wishes.map(({ userId }) => userId), wishes.map(({ after }) => after), limit],
  );

/** Where a timeline stands: 0 before its first entry. */
export async function findLast(em: Transaction, userId: string): Promise<string> {
  const [row] = await rows<{ seq: string }>(em, 'select seq from reader where user_id = $1', [userId]);
  return row?.seq ?? '0';
}
