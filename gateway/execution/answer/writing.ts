import type { GraphQLCompositeType } from 'graphql';
import type { Json, JsonObject, ResponsePath } from './path.ts';
import type { Code } from '../../../shared/errors.ts';
import type { Variables } from '../plan/operation/selection.ts';

/** A value that the schema does not allow at its place, or that the caller may not read. */
export interface Misfit {
  message: string;
  path: ResponsePath;
  code: Code;
}

/** The state of writing one answer. */
export interface Writing {
  variables: Variables;
  path: (string | number)[];
  misfits: Misfit[];
  /** Objects that stand in several places of the answer. */
  shared: ReadonlySet<Json>;
  /** Their texts, by the selection that wrote them. */
  texts: Map<unknown, Map<JsonObject, string>>;
  /** Where later parts follow: the places of objects and lists that this part answers as null. */
  nulled?: Set<string>;
  /** The same of the parts before it: what they answered as null stays null. */
  nulledBefore?: ReadonlySet<string>;
}

/** A place as a key: no name has a dot, nor is one a number. */
export const placeKey = (path: ResponsePath): string => path.join('.');

/** Writes the JSON text of a value: 'null' for a null, '' for a null whose reason is among the misfits already. */
export type Write = (value: Json | undefined, writing: Writing) => string;

export interface Field {
  /** Where the value stands in what the subgraphs answered, and where in the client's answer. */
  key: string;
  clientKey: string;
  prefix: string;
  isLeaf: boolean;
  isRequired: boolean;
  write: Write;
}

export const nothing = '';

export function writeObject(
  source: JsonObject,
  writing: Writing,
  fields: readonly Field[],
  type: GraphQLCompositeType,
): string {
  if (fields.length === 0) return '{}';
  let text = '';
  for (const field of fields) {
    const value = source[field.key];
    let written: string;
    if (field.isLeaf) {
      written = field.write(value, writing);
      if (written === nothing)
        reportAt(writing, field.clientKey, `The value of ${type.name}.${field.clientKey} is not of its type.`);
    } else {
      writing.path.push(field.clientKey);
      written = field.write(value, writing);
      writing.path.pop();
    }
    if (written === nothing || (field.isRequired && written === 'null')) {
      if (field.isRequired) {
        if (written !== nothing)
          reportAt(
            writing,
            field.clientKey,
            `Cannot return null for non-nullable field ${type.name}.${field.clientKey}.`,
          );
        return nothing;
      }
      written = 'null';
    }
    text += field.prefix + written;
  }
  return text + '}';
}

export function writeList(
  value: Json | undefined,
  writing: Writing,
  write: Write,
  isRequired: boolean,
  isLeaf: boolean,
  field: string,
): string {
  if (value === undefined || value === null || wasNulled(writing)) return 'null';
  if (!Array.isArray(value)) return report(writing, `The value of ${field} is not a list.`);
  let text = '[';
  for (let i = 0; i < value.length; i++) {
    writing.path.push(i);
    let written = write(value[i], writing);
    if (written === nothing && isLeaf) report(writing, `An element of ${field} is not of its type.`);
    if (written === nothing || (isRequired && written === 'null')) {
      if (isRequired) {
        if (written !== nothing) report(writing, `Cannot return null for a non-nullable element of ${field}.`);
        writing.path.pop();
        return nullify(writing);
      }
      written = 'null';
    }
    writing.path.pop();
    text += i === 0 ? written : ',' + written;
  }
  return text + ']';
}

/** A null in place of the object or list that stands here. */
export function nullify({ nulled, path }: Writing): '' {
  nulled?.add(placeKey(path));
  return nothing;
}

export const wasNulled = ({ nulledBefore, path }: Writing): boolean =>
  nulledBefore !== undefined && nulledBefore.size > 0 && nulledBefore.has(placeKey(path));

export function report(writing: Writing, message: string): '' {
  writing.misfits.push({ message, path: [...writing.path], code: 'INTERNAL_SERVER_ERROR' });
  return nothing;
}

/** A null in place of what the caller may not read. */
export function refuse(writing: Writing): '' {
  const message = 'Unauthorized field or type';
  writing.misfits.push({ message, path: [...writing.path], code: 'UNAUTHORIZED_FIELD_OR_TYPE' });
  return nothing;
}

function reportAt(writing: Writing, key: string, message: string): void {
  writing.misfits.push({ message, path: [...writing.path, key], code: 'INTERNAL_SERVER_ERROR' });
}

export function remember(writing: Writing, selection: unknown, value: JsonObject, text: string): void {
  let texts = writing.texts.get(selection);
  if (!texts) writing.texts.set(selection, (texts = new Map()));
  texts.set(value, text);
}
