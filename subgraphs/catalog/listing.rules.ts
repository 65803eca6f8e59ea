import { type Quest, isCategory, isId, isTags, isTrigger } from './definition.rules.ts';

/** Where a quest stands in the list: newest first, and of equally old ones the higher id first. */
export interface Place {
  /** Microseconds since 1970. */
  createdAt: number;
  id: string;
}

export interface Listing {
  limit: number;
  /** Null: from the newest on. */
  after: Place | null;
  /** What a listed quest must have. */
  where: { category?: string; tags?: readonly string[]; trigger?: string; hidden?: false; archivedAt?: null };
}

export interface ListingArguments {
  first?: number | null;
  after?: string | null;
  filter?: {
    category?: string | null;
    tags?: readonly string[] | null;
    trigger?: string | null;
    includeArchived?: boolean | null;
  } | null;
}

const absent = (value: unknown) => value === undefined || value === null;

/** Every fault of the arguments at once, one sentence each. */
export function checkListing({ first, after, filter }: ListingArguments): string[] {
  const rules: [boolean, string][] = [
    [Number.isInteger(first) && first! >= 1 && first! <= 100, 'first must be a whole number from 1 to 100.'],
    [absent(after) || readCursor(after!) !== null, 'after is not a cursor of this list.'],
    [absent(filter?.category) || isCategory(filter?.category), 'filter.category must be text of 1 to 32 characters.'],
    [
      absent(filter?.tags) || isTags(filter?.tags),
      'filter.tags must be at most 20 different texts of 1 to 32 characters.',
    ],
    [
      absent(filter?.trigger) || isTrigger(filter?.trigger),
      'filter.trigger must be 1 to 64 letters and digits, the first a capital letter.',
    ],
  ];
  return rules.filter(([holds]) => !holds).map(([, sentence]) => sentence);
}

/** What arguments without fault ask for. Players see neither hidden nor archived quests; a quest that has not begun is shown to all. */
export function listingOf({ first, after, filter }: ListingArguments, operator: boolean): Listing {
  const { category, tags, trigger, includeArchived } = filter ?? {};
  return {
    limit: first!,
    after: absent(after) ? null : readCursor(after!),
    where: {
      ...(!absent(category) && { category: category! }),
      ...(tags?.length && { tags }),
      ...(!absent(trigger) && { trigger: trigger! }),
      ...(!operator && { hidden: false as const }),
      ...(!(operator && includeArchived) && { archivedAt: null }),
    },
  };
}

export const isVisible = (quest: Quest, operator: boolean) => operator || (!quest.hidden && quest.archivedAt === null);

/** Opaque to clients. */
export function cursorOf({ createdAt, id }: Place): string {
  return Buffer.from(`${createdAt}.${id}`).toString('base64url');
}

/** Null for whatever `cursorOf` did not write. */
export function readCursor(cursor: string): Place | null {
  const [createdAt = '', id = '', ...more] = Buffer.from(cursor, 'base64url').toString().split('.');
  if (!/^\d{1,16}$/.test(createdAt) || !isId(id) || more.length > 0) return null;
  const place = { createdAt: Number(createdAt), id };
  return cursorOf(place) === cursor ? place : null;
}

const placeOf = (quest: Quest): Place => ({ createdAt: quest.createdAt.getTime() * 1000, id: quest.id });

/** A page from the quests that were found, at most one more than asked for: that one tells that there is a next page. */
export function pageOf(found: Quest[], limit: number) {
  const nodes = found.slice(0, limit);
  const edges = nodes.map((node) => ({ cursor: cursorOf(placeOf(node)), node }));
  return { edges, nodes, pageInfo: { hasNextPage: found.length > limit, endCursor: edges.at(-1)?.cursor ?? null } };
}
