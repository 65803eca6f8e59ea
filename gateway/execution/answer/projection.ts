import {
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionSetNode,
  getNullableType,
  isAbstractType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql';
import { introspection } from './introspection.ts';
import { writerOf } from './leaf.ts';
import { isExactNumber } from './exactJson.ts';
import type { JsonObject } from './path.ts';
import type { Plan } from '../plan/planner.ts';
import { collectFields, fragmentsOf } from '../plan/operation/selection.ts';
import {
  type Field,
  type Write,
  nothing,
  nullify,
  refuse,
  remember,
  report,
  wasNulled,
  writeList,
  writeObject,
} from './writing.ts';

export interface Projection {
  /** Writes the answer's `data`, without what is deferred. */
  writeRoot: Write;
  /** What writes a selection of an object of this type, or of one that it stands for. */
  compilePart(type: GraphQLCompositeType, set: SelectionSetNode): Write;
}

/** Compiles a planned operation to functions that write its answer. */
export function compileProjection(schema: GraphQLSchema, plan: Plan): Projection {
  const { document, operation, clientKeys, refused, isAllowed } = plan;
  const fragments = fragmentsOf(document);
  const root = schema.getRootType(operation.operation)!;

  const compileObject = (type: GraphQLCompositeType, sets: readonly SelectionSetNode[]): Write => {
    const fields: Field[] = [];
    for (const [key, nodes] of collectFields(schema, fragments, type, sets)) {
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
    if (nodes.some((node) => refused.has(node)))
      return { isLeaf: false, isRequired: isRequiredField(type, name), write: (_, writing) => refuse(writing) };
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
      const actual = actualType(schema, type, typename);
      const write = actual ? (isAllowed(actual.name) ? compileObject(actual, sets) : refuseObject) : null;
      byType.set(typename, write);
      return write;
    };
    const texts = {};
    return (value, writing) => {
      if (value === undefined || value === null || wasNulled(writing)) return 'null';
      if (typeof value !== 'object' || Array.isArray(value))
        return report(writing, `The value of ${field} is not an object.`);
      const isShared = writing.shared.has(value);
      const known = isShared ? writing.texts.get(texts)?.get(value) : undefined;
      if (known !== undefined) return known;
      const typename = value['__typename'];
      if (typename === undefined && isExactNumber(value))
        return report(writing, `The value of ${field} is not an object.`);
      const name = typeof typename === 'string' ? typename : type.name;
      const write = byType.has(name) ? byType.get(name)! : byType.size < 1000 ? find(name) : null;
      if (!write) {
        nullify(writing);
        return report(writing, `The object at ${field} is not of a type that can stand there.`);
      }
      const before = writing.misfits.length;
      const text = write(value, writing);
      if (text === nothing) return nullify(writing);
      if (isShared && writing.misfits.length === before) remember(writing, texts, value, text);
      return text;
    };
  };

  const writeRoot = compileObject(root, [operation.selectionSet]);
  return {
    writeRoot: (data, writing) => writeRoot(data, writing) || 'null',
    compilePart: (type, set) => compileComposite(type, [set], type.name),
  };
}

const refuseObject: Write = (_, writing) => refuse(writing);

const isRequiredField = (type: GraphQLCompositeType, name: string): boolean =>
  !isUnionType(type) && isNonNullType(type.getFields()[name]?.type);

/**
 * The type by which an object of a field is written; undefined when an object of this name cannot stand there. A subgraph that knows an
 * interface as an object names the interface: then the object is of the field's own type.
 */
function actualType(
  schema: GraphQLSchema,
  type: GraphQLCompositeType,
  typename: string,
): GraphQLCompositeType | undefined {
  if (typename === type.name) return type;
  const named = schema.getType(typename);
  if (isObjectType(named)) return isAbstractType(type) && schema.isSubType(type, named) ? named : undefined;
  if (!isInterfaceType(named)) return undefined;
  if (!isAbstractType(type)) return schema.isSubType(named, type) ? type : undefined;
  return isInterfaceType(type) && (schema.isSubType(named, type) || schema.isSubType(type, named)) ? type : undefined;
}
