/** What a setting may be: one description gives the reader, the JSON Schema and the words of the documentation. */
export interface Kind<T> {
  /** Completes the sentence "NAME must be ...". */
  readonly wanted: string;
  readonly schema: JsonSchema;
  /** Of what a list or a map is made. */
  readonly of?: Kind<unknown>;
  /** The value, or undefined where a fault was told. */
  read(given: unknown, place: Place): T | undefined;
}

export type JsonSchema = { readonly [keyword: string]: unknown };

/** Where a value stands in its file, and what is told of it. */
export interface Place {
  /** `limits.depth` */
  readonly name: string;
  inside(key: string | number): Place;
  /** Tells one fault: `NAME sentence`. */
  fault(sentence: string): undefined;
}

/** A variable in place of a value, as long as the file is not read: an editor that checks by the JSON Schema accepts it. */
const variable = { type: 'string', pattern: '\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\\}' };

function scalar<T>(wanted: string, schema: JsonSchema, take: (given: unknown) => T | undefined): Kind<T> {
  return {
    wanted,
    schema,
    read: (given, place) => take(given) ?? place.fault(`must be ${wanted}, not ${shown(given)}`),
  };
}

/** A text that no fault may show. */
export function secret(least: number): Kind<string> {
  const wanted = least > 1 ? `a secret of at least ${least} characters` : 'a secret';
  return {
    wanted,
    schema: { anyOf: [{ type: 'string', minLength: least }, variable] },
    read: (given, place) => {
      const taken = asText(given);
      return taken !== undefined && taken.length >= least ? taken : place.fault(`must be ${wanted}`);
    },
  };
}

export function whole(least: number, most: number): Kind<number> {
  const schema = { anyOf: [{ type: 'integer', minimum: least, maximum: most }, variable] };
  return scalar(`a whole number from ${least} to ${most}`, schema, (given) =>
    typeof given === 'number' && Number.isInteger(given) && given >= least && given <= most ? given : undefined,
  );
}

export function fraction(least: number, most: number): Kind<number> {
  const schema = { anyOf: [{ type: 'number', minimum: least, maximum: most }, variable] };
  return scalar(`a number from ${least} to ${most}`, schema, (given) =>
    typeof given === 'number' && given >= least && given <= most ? given : undefined,
  );
}

export const flag: Kind<boolean> = scalar('true or false', { anyOf: [{ type: 'boolean' }, variable] }, (given) =>
  typeof given === 'boolean' ? given : undefined,
);

/** Any text but the empty one. A number or a truth value is taken as it was meant. */
export const text: Kind<string> = scalar('a text', { type: ['string', 'number', 'boolean'], minLength: 1 }, asText);

/** A text of one form; `pattern` is the whole of it in the JSON Schema, and `fits` may ask for more. */
export function formed(wanted: string, pattern: string, fits: (given: string) => boolean = () => true): Kind<string> {
  const form = new RegExp(pattern, 'u');
  return scalar(wanted, { anyOf: [{ type: 'string', pattern }, variable] }, (given) =>
    typeof given === 'string' && form.test(given) && fits(given) ? given : undefined,
  );
}

export function choice<const T extends string>(...choices: readonly T[]): Kind<T> {
  const wanted = choices.length === 1 ? choices[0]! : `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
  return scalar(wanted, { anyOf: [{ enum: choices }, variable] }, (given) => choices.find((each) => each === given));
}

export function either<A, B>(first: Kind<A>, second: Kind<B>): Kind<A | B> {
  const silent: Place = { name: '', inside: () => silent, fault: () => undefined };
  return scalar<A | B>(
    `${first.wanted}, or ${second.wanted}`,
    { anyOf: [first.schema, second.schema] },
    (given) => first.read(given, silent) ?? second.read(given, silent),
  );
}

export function list<T>(kind: Kind<T>): Kind<readonly T[]> {
  const wanted = `a list, each entry ${kind.wanted}`;
  return {
    wanted,
    of: kind,
    schema: { type: 'array', items: kind.schema },
    read(given, place) {
      if (!Array.isArray(given)) return place.fault(`must be ${wanted}, not ${shown(given)}`);
      return given.flatMap((each: unknown, index) => kind.read(each, place.inside(index)) ?? []);
    },
  };
}

/** Entries by names that the file chooses. */
export function named<T>(kind: Kind<T>): Kind<Readonly<Record<string, T>>> {
  const wanted = `a map, each entry ${kind.wanted}`;
  return {
    wanted,
    of: kind,
    schema: { type: 'object', additionalProperties: kind.schema },
    read(given, place) {
      if (!isMap(given)) return place.fault(`must be ${wanted}, not ${shown(given)}`);
      return Object.fromEntries(
        Object.entries(given).flatMap(([name, each]) => {
          const value = kind.read(each, place.inside(name));
          return value === undefined ? [] : [[name, value] as const];
        }),
      );
    },
  };
}

export const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function shown(given: unknown): string {
  const json = given === undefined || given === null ? 'nothing' : JSON.stringify(given);
  return json.length > 60 ? `${json.slice(0, 59)}…` : json;
}

function asText(given: unknown): string | undefined {
  return typeof given === 'string' || typeof given === 'number' || typeof given === 'boolean'
    ? String(given) || undefined
    : undefined;
}
