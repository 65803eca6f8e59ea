import {
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  TypeInfo,
  getNamedType,
  isAbstractType,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { placeholder } from '../plan/operation/conditions.ts';

/** Whether the caller may read what stands at a coordinate: `Type` or `Type.field`. */
export type IsAllowed = (coordinate: string) => boolean;

export interface Authorized {
  /** The document without the fields that the caller may not read: what is planned. */
  document: DocumentNode;
  /** Those fields, as nodes of the given document. */
  refused: ReadonlySet<FieldNode>;
}

/**
 * Takes out of a valid document what the caller may not read, so that no subgraph is asked for it: fields that are guarded themselves, are of
 * a guarded type or return one.
 */
export function authorize(document: DocumentNode, schema: GraphQLSchema, isAllowed: IsAllowed): Authorized {
  const refused = new Set<FieldNode>();
  /** Fields of an abstract type whose objects may turn out to be of a guarded one: their objects must name their type. */
  const opaque = new Set<FieldNode>();
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      Field(node) {
        const [parent, field] = [types.getParentType(), types.getFieldDef()];
        if (!parent || !field || node.name.value.startsWith('__')) return undefined;
        const returned = getNamedType(field.type);
        const coordinates = [parent.name, `${parent.name}.${field.name}`, returned.name];
        if (!coordinates.every(isAllowed)) {
          refused.add(node);
          return false;
        }
        if (isAbstractType(returned) && !schema.getPossibleTypes(returned).every(({ name }) => isAllowed(name)))
          opaque.add(node);
        return undefined;
      },
    }),
  );
  if (refused.size === 0 && opaque.size === 0) return { document, refused };
  const reduce = (set: SelectionSetNode, first: FieldNode[] = []): SelectionSetNode => {
    const kept = set.selections.flatMap((node): SelectionNode[] => {
      if (node.kind === Kind.FRAGMENT_SPREAD) return [node];
      if (node.kind === Kind.INLINE_FRAGMENT) return [{ ...node, selectionSet: reduce(node.selectionSet) }];
      if (refused.has(node)) return [];
      const inner = node.selectionSet && reduce(node.selectionSet, opaque.has(node) ? [typename] : []);
      return [inner ? { ...node, selectionSet: inner } : node];
    });
    const selections = [...first, ...kept];
    return { ...set, selections: selections.length > 0 ? selections : [placeholder] };
  };
  const definitions = document.definitions.map((definition) =>
    'selectionSet' in definition ? { ...definition, selectionSet: reduce(definition.selectionSet) } : definition,
  );
  return { document: { ...document, definitions }, refused };
}

const typename: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };
