import { type Transaction, rows } from '../database/database.ts';
import { Refusal } from '../errors.ts';
import { cursorOf, positionOf } from './paging.ts';

/** One sort of what is kept of a user, as it is handed out. */
export interface RecordKind {
  kind: string;
  /**
   * Selects `key`, a text that no other record of this kind and user has, and `record`, a JSON object, in the order of keys: of the user $1, after
   * the key $2 unless that is null, at most $3.
   */
  statement: string;
  /** What a key looks like; a key of another form is never given to the statement. */
  key: RegExp;
}

export interface RecordPage {
  /** `{ kind, ... }` */
  nodes: unknown[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

const atMost = 1000;

/** The next records of everything that a subgraph keeps of a user, kind after kind. Throws BAD_USER_INPUT. */
export async function findRecords(
  em: Transaction,
  list: string,
  kinds: readonly RecordKind[],
  userId: string,
  { first, after }: { first?: number | null; after?: string | null },
): Promise<RecordPage> {
  const limit = first === undefined ? 100 : first;
  if (limit === null || limit < 1 || limit > atMost)
    throw new Refusal('BAD_USER_INPUT', `first takes a number from 1 to ${atMost}.`);
  const from = after === undefined || after === null ? { n: 0, key: null } : placeOf(list, kinds, after);
  const found: { n: number; key: string; record: object }[] = [];
  for (let n = from.n; n < kinds.length && found.length <= limit; n++) {
    const parameters = [userId, n === from.n ? from.key : null, limit + 1 - found.length];
    const some = await rows<{ key: string; record: object }>(em, kinds[n]!.statement, parameters);
    found.push(...some.map((one) => ({ n, ...one })));
  }
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  return {
    nodes: shown.map(({ n, record }) => ({ kind: kinds[n]!.kind, ...record })),
    pageInfo: {
      hasNextPage: found.length > limit,
      endCursor: last ? cursorOf(list, `${last.n} ${last.key}`) : null,
    },
  };
}

function placeOf(list: string, kinds: readonly RecordKind[], cursor: string): { n: number; key: string } {
  const [, number, key] = /^(\d{1,2}) (.+)$/s.exec(positionOf(list, cursor, /^\d{1,2} .+$/s))!;
  const n = Number(number);
  if (!kinds[n]?.key.test(key!)) throw new Refusal('BAD_USER_INPUT', 'The cursor does not belong to this list.');
  return { n, key: key! };
}
