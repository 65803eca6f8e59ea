import {
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  TypeInfo,
  getNamedType,
  isEnumType,
  Kind,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/**
 * The coordinates that an operation of a valid document names, each once: `Type.field`, `Type.field(argument:)`, `Input.field` and `Enum.VALUE`. What
 * only variables name is not seen.
 */
export function usedCoordinates(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): ReadonlySet<string> {
  const used = new Set<string>();
  const info = new TypeInfo(schema);
  const spread = new Set<string>();
  const visitor = visitWithTypeInfo(info, {
    Field({ name }) {
      const parent = info.getParentType();
      if (parent && !name.value.startsWith('__')) used.add(`${parent.name}.${name.value}`);
    },
    FragmentSpread: ({ name }) => void spread.add(name.value),
    Argument({ name }) {
      const [parent, field] = [info.getParentType(), info.getFieldDef()];
      if (parent && field && !info.getDirective()) used.add(`${parent.name}.${field.name}(${name.value}:)`);
    },
    ObjectField({ name }) {
      const parent = getNamedType(info.getParentInputType());
      if (parent) used.add(`${parent.name}.${name.value}`);
    },
    EnumValue({ value }) {
      const type = getNamedType(info.getInputType());
      if (isEnumType(type)) used.add(`${type.name}.${value}`);
    },
  });
  visit(operation, visitor);
  // A fragment can spread others; a valid document has no cycles of them.
  for (const name of spread)
    for (const definition of document.definitions)
      if (definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name) visit(definition, visitor);
  return used;
}
