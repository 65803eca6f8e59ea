import {
  type ASTVisitor,
  GraphQLID,
  type GraphQLInputType,
  type GraphQLSchema,
  type ValidationContext,
  type VariableDefinitionNode,
  getNamedType,
  isInputObjectType,
  isListType,
  isNonNullType,
  typeFromAST,
} from 'graphql';
import { Refusal } from '../../shared/errors.ts';

/**
 * An id may be sent as a number, but readers of JSON round numbers beyond 2^53: it cannot be known any more which id was meant, and two that
 * differ would be one. Such an id is refused, never rounded.
 */
const refusal = (place: string) =>
  new Refusal('BAD_USER_INPUT', `${place} is an id as a number too large to be exact: send it as text, in quotes.`);

const isRounded = (value: unknown): boolean => typeof value === 'number' && !Number.isSafeInteger(value);

/** The first id among the variables that JSON may have rounded. */
export function roundedId(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
  given: Record<string, unknown>,
): Refusal | undefined {
  for (const { variable, type } of definitions) {
    const name = variable.name.value;
    const place = find(typeFromAST(schema, type as never) as GraphQLInputType, given[name], `$${name}`);
    if (place) return refusal(place);
  }
  return undefined;
}

/** Where the first such id is within a value of this type. What does not fit its type is refused elsewhere. */
function find(type: GraphQLInputType, value: unknown, place: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (isNonNullType(type)) return find(type.ofType, value, place);
  if (type === GraphQLID) return isRounded(value) ? place : undefined;
  if (isListType(type))
    return Array.isArray(value)
      ? first(value, (item, n) => find(type.ofType, item, `${place}[${n}]`))
      : find(type.ofType, value, place);
  if (!isInputObjectType(type) || typeof value !== 'object') return undefined;
  return first(Object.values(type.getFields()), ({ name, type: inner }) =>
    find(inner, (value as Record<string, unknown>)[name], `${place}.${name}`),
  );
}

function first<Item>(items: readonly Item[], look: (item: Item, n: number) => string | undefined): string | undefined {
  for (const [n, item] of items.entries()) {
    const found = look(item, n);
    if (found) return found;
  }
  return undefined;
}

/** The same for what is written in the document. */
export function ExactIdsRule(context: ValidationContext): ASTVisitor {
  return {
    IntValue({ value }) {
      if (getNamedType(context.getInputType()) === GraphQLID && isRounded(Number(value)))
        context.reportError(refusal(value.length > 40 ? `${value.slice(0, 40)}…` : value));
    },
  };
}
