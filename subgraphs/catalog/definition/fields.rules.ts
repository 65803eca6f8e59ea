import { zoneOf } from '../../../shared/timeZone.rules.ts';
import { cooldown } from './cooldown.rules.ts';
import { type Definition, type Quest, periods } from './definition.rules.ts';
import { eventType } from './eventType.rules.ts';
import { objectives } from './objective.rules.ts';
import { rewards, steps } from './reward.rules.ts';
import { type Member, type Shape, list, orNull, plain } from './shape.rules.ts';
import { flag, instant, isName, isText, matches, oneOf, text, whole } from './values.rules.ts';

/**
 * The one description of a quest's fields. Defaults, validation, versions, YAML, history, what the cache holds and which of its entries can be
 * read all follow from it; what cannot follow (columns, SDL, the console's form) is demanded by types or by tests.
 */
export interface Field extends Member {
  /** It never changes once the quest is there. */
  isFixed?: true;
}

const zone = {
  ...plain(
    'time zone',
    (value) => typeof value === 'string' && zoneOf(value) !== undefined,
    'must be the name of an IANA time zone, such as Europe/Berlin.',
  ),
  settle: (value: unknown) => zoneOf(value as string),
};
const name = plain('name', isName, 'must be 3 to 64 of a-z, 0-9 and dash, with no dash at either end.');
/** How a definition speaks of another quest: by its name, or, until that is looked up, by its id. */
const reference = plain(
  'name',
  (value) => matches(value, /^[a-z0-9-]{3,64}$/),
  'must be the name or the id of a quest.',
);

export const isCategory = (value: unknown) => isText(value, 1, 32);
export const isTags = (value: unknown): value is string[] =>
  Array.isArray(value) &&
  value.length <= 20 &&
  value.every((tag) => isText(tag, 1, 32)) &&
  new Set(value).size === value.length;
const tags = {
  ...plain('tags', isTags, 'must be at most 20 different texts of 1 to 32 characters.'),
  inWords: (value: unknown) => (value as string[]).join(', ') || null,
};

/** In the order in which they are written. */
export const questFields = {
  name: { shape: name, isFixed: true },
  title: { shape: text(1, 120) },
  description: { shape: text(0, 2000), initial: '' },
  trigger: { shape: orNull(eventType), initial: null },
  streak: { shape: orNull(whole(1, 1_000_000)), initial: null },
  duplication: { shape: whole(1, 1_000_000), initial: 1 },
  period: { shape: oneOf(...periods), initial: 'EVENT' },
  timeZone: { shape: orNull(zone), initial: null },
  graceHours: { shape: whole(0, 23), initial: 0 },
  freezes: { shape: whole(0, 1000), initial: 0 },
  objectives: { shape: orNull(objectives), initial: null },
  completes: { shape: oneOf('ALL', 'ANY'), initial: 'ALL' },
  every: { shape: orNull(oneOf('DAY', 'WEEK', 'MONTH')), initial: null },
  steps: { shape: steps, initial: [] },
  cooldown: { shape: orNull(cooldown), initial: null },
  requires: {
    shape: list(reference, {
      from: 0,
      to: 10,
      once: { of: (value) => value, at: '', must: 'is there already: each quest is required once.' },
    }),
    initial: [],
  },
  autoClaim: { shape: flag, initial: false },
  rewards: { shape: rewards, initial: [] },
  category: { shape: orNull(text(1, 32)), initial: null },
  tags: { shape: tags, initial: [] },
  startsAt: { shape: instant, isFixed: true },
  endsAt: { shape: orNull(instant), initial: null },
  hidden: { shape: flag, initial: false },
} satisfies Record<keyof Definition, Field>;

export const fields = Object.keys(questFields) as (keyof Definition)[];
export const fieldOf = (name: keyof Definition): Field => questFields[name];

/** What the catalog itself adds to a definition. */
export const factsOfQuest = {
  id: text(36, 36),
  archivedAt: orNull(instant),
  onArchive: orNull(oneOf('FINISH', 'STOP')),
  version: whole(1, 2 ** 31 - 1),
  createdAt: instant,
} satisfies Record<Exclude<keyof Quest, keyof Definition>, Shape>;

/** Every value as its field writes it, from wherever it was stored; what an older program did not know has its default. */
export function settled(stored: { readonly [Name in keyof Definition]?: unknown }): Definition {
  const values = fields.map((name) => {
    const { shape, initial } = fieldOf(name);
    return [name, shape.settle(stored[name] === undefined ? initial : stored[name])];
  });
  return Object.fromEntries(values) as Definition;
}
