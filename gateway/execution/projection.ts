import {
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionSetNode,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isLeafType,
  isListType,
  isNonNullType,
  isUnionType,
} from 'graphql';
import { introspection } from './introspection.ts';
import { writerOf } from './leaf.ts';
import type { Json, JsonObject, ResponsePath } from './path.ts';
import type { Plan } from './planner.ts';
import { type Variables, collectFields, fragmentsOf } from './selection.ts';

/** A value that the schema does not allow at its place. */
export interface Misfit {
  message: string;
  path: ResponsePath;
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
}

/** Writes the JSON text of a value: 'null' for a null, '' for a null whose reason is among the misfits already. */
type Write = (value: Json | undefined, writing: Writing) => string;

interface Field {
  /** Where the value stands in what the subgraphs answered, and where in the client's answer. */
  key: string;
  clientKey: string;
  prefix: string;
  isLeaf: boolean;
  isRequired: boolean;
  write: Write;
}

const nothing = '';

/** Compiles an operation, for one choice of its `@skip` and `@include` variables, to a function that writes the answer's `data`. */
export function compileProjection(schema: GraphQLSchema, plan: Plan, variables: Variables): Write {
  const { document, operation, clientKeys } = plan;
  const fragments = fragmentsOf(document);
  const root = schema.getRootType(operation.operation)!;

  const compileObject = (type: GraphQLCompositeType, sets: readonly SelectionSetNode[]): Write => {
    const fields: Field[] = [];
    for (const [key, nodes] of collectFields(schema, fragments, variables, type, sets)) {
      const clientKey = clientKeys.get(key) ?? key;
      const prefix = `${fields.length === 0 ? '{' : ','}${JSON.stringify(clientKey)}:`;
      fields.push({ key, clientKey, prefix, ...compileField(type, nodes) });
    }
    return (value, writing) => writeObject(value as JsonObject, writing, fields, type);
  };

  const compileField = (
    type: GraphQLCompositeType,
    nodes: readonly FieldNode[],
  ): Pick<Field, 'isLeaf' | 'isRequired' | 'write'> => {
    const name = nodes[0]!.name.value;
    if (name === '__typename') {
      const text = JSON.stringify(type.name);
      return isAbstractType(type)
        ? { isLeaf: true, isRequired: true, write: () => nothing }
        : { isLeaf: true, isRequired: true, write: () => text };
    }
    if (name === '__schema' || name === '__type') {
      const introspect = introspection(schema, plan, nodes);
      return { isLeaf: false, isRequired: false, write: (_, writing) => introspect(writing.variables) };
    }
    const definition = isUnionType(type) ? undefined : type.getFields()[name];
    if (!definition) throw new Error(`${type.name} has no field ${name}`);
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    const isLeaf = isLeafType(getNullableType(definition.type));
    return {
      isLeaf,
      isRequired: isNonNullType(definition.type),
      write: compileType(definition.type, sets, `${type.name}.${name}`),
    };
  };

  const compileType = (given: GraphQLOutputType, sets: readonly SelectionSetNode[], field: string): Write => {
    const type = getNullableType(given);
    if (isLeafType(type)) {
      const write = writerOf(type);
      return (value) => (value === undefined || value === null ? 'null' : write(value));
    }
    if (isListType(type)) {
      const write = compileType(type.ofType, sets, field);
      const isRequired = isNonNullType(type.ofType);
      const isLeaf = isLeafType(getNullableType(type.ofType));
      return (value, writing) => writeList(value, writing, write, isRequired, isLeaf, field);
    }
    return compileComposite(type as GraphQLCompositeType, sets, field);
  };

  /** An object's own `__typename` chooses what is asked of it; one that names no type, as for a concrete field, is of the field's type. */
  const compileComposite = (type: GraphQLCompositeType, sets: readonly SelectionSetNode[], field: string): Write => {
    const byType = new Map<string, Write | null>();
    const find = (typename: string): Write | null => {
      const named = schema.getType(typename);
      const write = isCompositeType(named)
        ? compileObject(isAbstractType(named) && !isAbstractType(type) ? type : named, sets)
        : null;
      byType.set(typename, write);
      return write;
    };
    const texts = {};
    return (value, writing) => {
      if (value === undefined || value === null) return 'null';
      if (typeof value !== 'object' || Array.isArray(value))
        return report(writing, `The value of ${field} is not an object.`);
      const isShared = writing.shared.has(value);
      const known = isShared ? writing.texts.get(texts)?.get(value) : undefined;
      if (known !== undefined) return known;
      const typename = value['__typename'];
      const name = typeof typename === 'string' ? typename : type.name;
      const write = byType.has(name) ? byType.get(name)! : byType.size < 1000 ? find(name) : null;
      if (!write) return report(writing, `The type of the object at ${field} is not known.`);
      const before = writing.misfits.length;
      const text = write(value, writing);
      if (isShared && writing.misfits.length === before) remember(writing, texts, value, text);
      return text;
    };
  };

  const writeRoot = compileObject(root, [operation.selectionSet]);
  return (data, writing) => writeRoot(data, writing) || 'null';
}

function writeObject(
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

function writeList(
  value: Json | undefined,
  writing: Writing,
  write: Write,
  isRequired: boolean,
  isLeaf: boolean,
  field: string,
): string {
  if (value === undefined || value === null) return 'null';
  if (!Array.isArray(value)) return report(writing, `The value of ${field} is not a list.`);
  let text = '[';
  let isLost = false;
  for (let i = 0; i < value.length; i++) {
    writing.path.push(i);
    let written = write(value[i], writing);
    if (written === nothing && isLeaf) report(writing, `An element of ${field} is not of its type.`);
    if (written === nothing || (isRequired && written === 'null')) {
      if (isRequired) {
        if (written !== nothing) report(writing, `Cannot return null for a non-nullable element of ${field}.`);
        isLost = true;
      }
      written = 'null';
    }
    writing.path.pop();
    text += i === 0 ? written : ',' + written;
  }
  return isLost ? nothing : text + ']';
}

function report(writing: Writing, message: string): '' {
  writing.misfits.push({ message, path: [...writing.path] });
  return nothing;
}

function reportAt(writing: Writing, key: string, message: string): void {
  writing.misfits.push({ message, path: [...writing.path, key] });
}

function remember(writing: Writing, selection: unknown, value: JsonObject, text: string): void {
  let texts = writing.texts.get(selection);
  if (!texts) writing.texts.set(selection, (texts = new Map()));
  texts.set(value, text);
}
