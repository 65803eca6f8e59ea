/** How a value may look: what is wrong with one, what it is once it is accepted, and how it is told in the history. */
export interface Shape {
  /** The shape in data: two programs whose forms are equal store a value the same way. */
  form: unknown;
  /** Sentences, each of which begins with the path of what is wrong: `objectives[0].where[1].path must be ...`. */
  faults(value: unknown, path: string): string[];
  /** A value without faults, or one that was stored, in the one way it is written: defaults filled in, instants as dates. */
  settle(value: unknown): unknown;
  /** Of a settled value; null: there is nothing to tell. */
  inWords(value: unknown): string | null;
}

/** A member of a record. */
export interface Member {
  shape: Shape;
  /** What stands where it is left out; without it, it must be said. */
  initial?: unknown;
}

const plainWords = (value: unknown) => (value === null || value === '' ? null : String(value));

/** A value that is what it should be, or is not. */
export function plain(form: string, holds: (value: unknown) => boolean, must: string): Shape {
  return {
    form,
    faults: (value, path) => (holds(value) ? [] : [`${path} ${must}`]),
    settle: (value) => value,
    inWords: plainWords,
  };
}

export const orNull = (shape: Shape): Shape => ({
  form: ['null or', shape.form],
  faults: (value, path) => (value === null ? [] : shape.faults(value, path)),
  settle: (value) => (value === null || value === undefined ? null : shape.settle(value)),
  inWords: (value) => (value === null ? null : shape.inWords(value)),
});

interface ListTerms {
  from: number;
  to: number;
  /** What no two items have in common, and what is said of the second one. */
  once?: { of(item: unknown): unknown; at: string; must: string };
}

export function list(item: Shape, { from, to, once }: ListTerms): Shape {
  const isItems = (value: unknown): value is unknown[] =>
    Array.isArray(value) && value.length >= from && value.length <= to;
  const span = from === 0 ? `at most ${to}` : `${from} to ${to}`;
  return {
    form: ['list of', item.form],
    faults(value, path) {
      if (!isItems(value)) return [`${path} must be a list of ${span}.`];
      const keys = once && value.map(once.of);
      return value.flatMap((each, index) => [
        ...item.faults(each, `${path}[${index}]`),
        ...(keys && keys.indexOf(keys[index]) !== index ? [`${path}[${index}]${once.at} ${once.must}`] : []),
      ]);
    },
    settle: (value) => (value as unknown[]).map(item.settle),
    inWords: (value) => (value as unknown[]).map(item.inWords).join(', ') || null,
  };
}

interface RecordTerms {
  /** What one is called: "a reward". */
  noun: string;
  members: Readonly<Record<string, Member>>;
  /** What is wrong between members, once each of them is right; `written`: without what is filled in. */
  between?(value: never, path: string, written: object): string[];
  inWords(value: never): string;
}

export function record({ noun, members, between, inWords }: RecordTerms): Shape {
  const names = Object.keys(members);
  const filled = (value: object) =>
    Object.fromEntries(
      names.map((name) => {
        const given = (value as Record<string, unknown>)[name] ?? undefined;
        return [name, given === undefined ? members[name]!.initial : given];
      }),
    );
  const settle = (value: unknown) =>
    Object.fromEntries(
      Object.entries(filled(value as object)).map(([name, each]) => [name, members[name]!.shape.settle(each)]),
    );
  return {
    form: Object.fromEntries(names.map((name) => [name, members[name]!.shape.form])),
    faults(value, path) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} must be ${noun}.`];
      const strange = Object.keys(value).filter((name) => !names.includes(name));
      const faults = [
        ...strange.map((name) => `${path}.${shortened(name)} is not a field of ${noun}.`),
        ...Object.entries(filled(value)).flatMap(([name, each]) =>
          members[name]!.shape.faults(each, `${path}.${name}`),
        ),
      ];
      return faults.length === 0 && between ? between(settle(value) as never, path, value) : faults;
    },
    settle,
    inWords: (value) => inWords(value as never),
  };
}

const shortened = (name: string) => (name.length > 40 ? `${name.slice(0, 40)}...` : name);
