import { sql } from '@mikro-orm/postgresql';
import type { Transaction } from '../../../shared/database/database.ts';
import { Refusal } from '../../../shared/errors.ts';
import { withRole } from '../../../shared/identity.ts';
import { type Connection, type Page, connectionOf, pageOf } from '../../../shared/subgraph/paging.ts';
import { isStorable } from '../../../shared/text.rules.ts';
import type { Context } from '../context.ts';
import { type StoredUser, UserRow } from '../entities.ts';
import { findUsers } from './store.ts';

interface Asked {
  search?: string | null;
  first?: number | null;
  after?: string | null;
}

type Listed = StoredUser & { position: string };

/** Names as credentials.ts and guests have them, in lower case. */
const position = /^[a-z\d._-]{1,64}$/;

/** Operators: users by the beginning of their name, in the order of names; or the one with this id. */
export async function listUsers(context: Context, asked: Asked): Promise<Connection<Listed>> {
  await context.caller();
  withRole(context.viewer, 'OPERATOR');
  const search = (asked.search ?? '').trim().toLowerCase();
  if (search.length > 64 || !isStorable(search))
    throw new Refusal(
      'BAD_USER_INPUT',
      'search takes up to 64 characters, and neither the NUL character nor half of a character.',
    );
  const page = pageOf('users', asked, position);
  return connectionOf('users', page, await context.database.read((em) => findListed(em, search, page)));
}

/** One more than the page holds, when there are more. */
async function findListed(em: Transaction, search: string, { limit, before }: Page): Promise<Listed[]> {
  const name = sql.lower('name');
  const beginning = `${search.replace(/[\\%_]/g, '\\$&')}%`;
  const found = await em.find(
    UserRow,
    { [name]: { $like: beginning, ...(before !== null && { $gt: before }) } },
    { orderBy: { [sql.lower('name')]: 'asc' }, limit: limit + 1 },
  );
  const [byId] = before === null ? await findUsers(em, [search]) : [];
  return (byId ? [byId] : found).map((user) => Object.assign(user, { position: user.name.toLowerCase() }));
}
