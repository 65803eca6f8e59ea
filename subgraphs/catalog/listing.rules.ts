import type { Quest } from './definition/definition.rules.ts';
import { isCategory, isTags } from './definition/fields.rules.ts';
import { isType } from './definition/values.rules.ts';

/** Where a quest stands in the list: newest first, and of equally old ones the higher id first. */
export interface Place {
  /** Microseconds since 1970. */
  createdAt: number;
  id: string;
}

/** How many, and from behind which position on; null: from the newest. */
interface Asked {
  limit: number;
  before: string | null;
}

export interface Listing {
  limit: number;
  /** Null: from the newest on. */
  after: Place | null;
  /** What a listed quest must have. */
  where: { category?: string; tags?: readonly string[]; type?: string; hidden?: false; archivedAt?: null };
}

export interface Filter {
  category?: string | null;
  tags?: readonly string[] | null;
  trigger?: string | null;
  includeArchived?: boolean | null;
}

const absent = (value: unknown) => value === undefined || value === null;

/** Every fault of a filter at once, one sentence each. */
export function checkFilter(filter: Filter | null | undefined): string[] {
  const rules: [boolean, string][] = [
    [absent(filter?.category) || isCategory(filter?.category), 'filter.category must be text of 1 to 32 characters.'],
    [
      absent(filter?.tags) || isTags(filter?.tags),
      'filter.tags must be at most 20 different texts of 1 to 32 characters.',
    ],
    [
      absent(filter?.trigger) || isType(filter?.trigger),
      'filter.trigger must be 1 to 64 letters and digits, the first a capital letter.',
    ],
  ];
  return rules.filter(([holds]) => !holds).map(([, sentence]) => sentence);
}

/** A page by a filter without fault. Players see neither hidden nor archived quests; a quest that has not begun is shown to all. */
export function listingOf({ limit, before }: Asked, filter: Filter | null | undefined, operator: boolean): Listing {
  const { category, tags, trigger, includeArchived } = filter ?? {};
  return {
    limit,
    after: before === null ? null : placeOf(before),
    where: {
      ...(!absent(category) && { category: category! }),
      ...(tags?.length && { tags }),
      ...(!absent(trigger) && { type: trigger! }),
      ...(!operator && { hidden: false as const }),
      ...(!(operator && includeArchived) && { archivedAt: null }),
    },
  };
}

export const isVisible = (quest: Quest, operator: boolean) => operator || (!quest.hidden && quest.archivedAt === null);

/** A place as cursors carry it. */
export const positionOf = ({ createdAt, id }: Quest): string => `${createdAt.getTime() * 1000}.${id}`;

/** What such a position looks like. */
export const position = /^(?:0|[1-9]\d{0,15})\.[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

function placeOf(position: string): Place {
  const [createdAt = '', id = ''] = position.split('.');
  return { createdAt: Number(createdAt), id };
}
