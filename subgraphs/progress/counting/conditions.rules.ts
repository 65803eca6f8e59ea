import type { ConditionTerms } from '../../../shared/questTerms.rules.ts';

/**
 * Which events a measure counts, by their data. A value of another type than the condition's does not match, and neither does one that is not
 * there; numbers are compared as numbers.
 */

/** What stands at a path of an event's data, such as `match.mode`; undefined: nothing. Only an object's own members are looked at. */
export function valueAt(data: unknown, path: string): unknown {
  let value = data;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) return;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** Compiles a condition. */
export function meets({ path, op, value: wanted }: ConditionTerms): (data: unknown) => boolean {
  const holds = comparison(op, wanted);
  return (data) => holds(valueAt(data, path));
}

function comparison(op: ConditionTerms['op'], wanted: ConditionTerms['value']): (found: unknown) => boolean {
  switch (op) {
    case 'EXISTS':
      return (found) => (found !== undefined) === (wanted !== false);
    case 'EQ':
      return (found) => found === wanted;
    case 'NE':
      return (found) => isScalar(found) && typeof found === typeof wanted && found !== wanted;
    case 'IN': {
      const all = new Set<unknown>(Array.isArray(wanted) ? wanted : []);
      return (found) => all.has(found);
    }
    default:
      return (found) => typeof found === typeof wanted && isOrdered(op, found, wanted);
  }
}

const isScalar = (value: unknown) => value !== undefined && (value === null || typeof value !== 'object');

/** Numbers by size, texts by their code units; nothing else has an order. */
function isOrdered(op: 'GT' | 'GTE' | 'LT' | 'LTE', found: unknown, wanted: unknown): boolean {
  if (typeof found !== 'number' && typeof found !== 'string') return false;
  const other = wanted as typeof found;
  if (op === 'GT') return found > other;
  if (op === 'GTE') return found >= other;
  return op === 'LT' ? found < other : found <= other;
}

/** The first condition that the data does not meet, and what stands in its place; undefined: all hold. */
export function unmet(
  conditions: readonly ConditionTerms[],
  data: unknown,
): { condition: ConditionTerms; found: unknown } | undefined {
  const condition = conditions.find((one) => !meets(one)(data));
  return condition && { condition, found: valueAt(data, condition.path) };
}

interface Conditional<T> {
  readonly where: readonly ConditionTerms[];
  readonly of: T;
}

interface Candidate<T> {
  place: number;
  /** Those conditions that the look-up has not answered. */
  all: readonly ((data: unknown) => boolean)[];
  of: T;
}

/**
 * Compiles entries with conditions to a function that finds those whose conditions all hold, in their order. Entries that compare for equality
 * are looked up by the value on the path that tells them apart best, so a thousand of them cost one look-up per path.
 */
export function indexed<T>(entries: readonly Conditional<T>[]): (data: unknown) => T[] {
  const paths = selectivity(entries);
  const byPath = new Map<string, Map<unknown, Candidate<T>[]>>();
  const others: Candidate<T>[] = [];
  entries.forEach(({ where, of }, place) => {
    const equal = where.filter(({ op }) => op === 'EQ');
    const key = equal.sort((one, other) => (paths.get(other.path) ?? 0) - (paths.get(one.path) ?? 0))[0];
    const candidate = { place, of, all: where.filter((one) => one !== key).map(meets) };
    if (!key) return void others.push(candidate);
    const byValue = byPath.get(key.path) ?? new Map<unknown, Candidate<T>[]>();
    byPath.set(key.path, byValue.set(key.value, [...(byValue.get(key.value) ?? []), candidate]));
  });
  return (data) => {
    const found = others.filter(({ all }) => all.every((holds) => holds(data)));
    for (const [path, byValue] of byPath)
      for (const candidate of byValue.get(valueAt(data, path)) ?? [])
        if (candidate.all.every((holds) => holds(data))) found.push(candidate);
    return found.sort((one, other) => one.place - other.place).map(({ of }) => of);
  };
}

/** How many different values each path is compared with: the more there are, the fewer entries one of them leaves. */
function selectivity(entries: readonly Conditional<unknown>[]): Map<string, number> {
  const values = new Map<string, Set<unknown>>();
  for (const { path, op, value } of entries.flatMap(({ where }) => where))
    if (op === 'EQ') values.set(path, (values.get(path) ?? new Set()).add(value));
  return new Map([...values].map(([path, set]) => [path, set.size]));
}
