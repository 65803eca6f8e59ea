import { type JsonSchema, type Kind, isMap, shown } from './kinds.ts';

/** One setting: what it may be, what it is when nobody says, and what it means. */
export interface Setting<T> {
  readonly kind: Kind<unknown>;
  readonly meaning: string;
  readonly fallback: T;
  readonly isRequired: boolean;
  /** The environment variable that stands over the file; lists are read from it with commas between. */
  readonly variable?: string | undefined;
}

/** By name in TypeScript; a file has `body_bytes` where this has `bodyBytes`. */
export type Settings = Readonly<Record<string, Setting<unknown>>>;
export type Values<S extends Settings> = { readonly [Name in keyof S]: S[Name] extends Setting<infer T> ? T : never };

/** A kind whose value is made of settings. */
export interface Section<S extends Settings> extends Kind<Values<S>> {
  readonly settings: S;
  readonly defaults: Values<S>;
}

export const isSection = (kind: Kind<unknown>): kind is Section<Settings> => 'settings' in kind;

export function setting<T>(kind: Kind<T>, fallback: T, meaning: string, variable?: string): Setting<T> {
  return { kind, fallback, meaning, variable, isRequired: false };
}

/** Absent unless the file says something. */
export function optional<T>(kind: Kind<T>, meaning: string, variable?: string): Setting<T | undefined> {
  return { kind, fallback: undefined, meaning, variable, isRequired: false };
}

/** The entry around it is of no use without. */
export function required<T>(kind: Kind<T>, meaning: string): Setting<T> {
  return { kind, fallback: undefined as T, meaning, isRequired: true };
}

/** Settings under one name, each at its default when the whole is absent. */
export function group<S extends Settings>(kind: Section<S>, meaning: string): Setting<Values<S>> {
  return { kind, fallback: kind.defaults, meaning, isRequired: false };
}

export const inFile = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** `disagreement` tells what no setting shows by itself: two that exclude each other, or one that needs another. */
export function section<const S extends Settings>(
  settings: S,
  disagreement: (values: Values<S>, given: Readonly<Record<string, unknown>>) => string | undefined = () => undefined,
  constraint: JsonSchema = {},
): Section<S> {
  const entries = Object.entries(settings);
  const names = new Map(entries.map(([name, each]) => [inFile(name), [name, each] as const]));
  const requiredNames = entries.flatMap(([name, { isRequired }]) => (isRequired ? [inFile(name)] : []));
  const properties = entries.map(([name, { kind, meaning, fallback }]) => {
    const isShown = fallback !== undefined && !isSection(kind);
    return [inFile(name), { description: meaning, ...(isShown && { default: fallback }), ...kind.schema }] as const;
  });
  const defaults = Object.fromEntries(entries.map(([name, { fallback }]) => [name, fallback])) as Values<S>;
  const wanted = 'a map of settings';
  return {
    settings,
    defaults,
    wanted,
    schema: {
      type: 'object',
      additionalProperties: false,
      ...(requiredNames.length > 0 && { required: requiredNames }),
      properties: Object.fromEntries(properties),
      ...constraint,
    },
    read(given, place) {
      if (!isMap(given)) return place.fault(`must be ${wanted}, not ${shown(given)}`);
      const values: Record<string, unknown> = { ...defaults };
      let isWhole = true;
      for (const [name, value] of Object.entries(given)) {
        const known = names.get(name);
        if (!known) place.inside(name).fault(`is no setting${nearest(name, [...names.keys()])}`);
        const read = known?.[1].kind.read(value, place.inside(name));
        if (known && read !== undefined) values[known[0]] = read;
        else isWhole = false;
      }
      const missing = requiredNames.find((name) => !Object.hasOwn(given, name));
      if (missing !== undefined) return place.fault(`needs \`${missing}\``);
      const sentence = isWhole ? disagreement(values as Values<S>, given) : undefined;
      return sentence === undefined ? (values as Values<S>) : place.fault(sentence);
    },
  };
}

/** Most unknown names are typing errors. */
function nearest(name: string, known: readonly string[]): string {
  const letters = (word: string) => [...word.replace(/[^a-z]/gi, '').toLowerCase()].sort().join('');
  const alike =
    known.find((each) => letters(each) === letters(name)) ??
    known.find((each) => (name.length > 3 && each.startsWith(name)) || name.startsWith(each));
  return alike === undefined ? '' : `; did you mean \`${alike}\`?`;
}
