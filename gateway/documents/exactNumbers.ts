import {
  type ASTVisitor,
  type FloatValueNode,
  GraphQLID,
  type GraphQLInputType,
  type GraphQLSchema,
  type IntValueNode,
  type ValidationContext,
  type VariableDefinitionNode,
  getNamedType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isScalarType,
  isSpecifiedScalarType,
  typeFromAST,
} from 'graphql';
import { Refusal } from '../../shared/errors.ts';
import { isChangedByDouble, isExactNumber } from '../execution/answer/exactJson.ts';

/**
 * Numbers that a double would round: two values that differ would be one. In variables they go on to subgraphs by their text where the type is
 * a custom scalar; an id, and whatever the planner would read from the document, is refused.
 */
export interface ExactVariables {
  variables: Record<string, unknown>;
  refusal?: Refusal;
}

type Path = (string | number)[];

/** The variables as graphql-js can coerce them: exact numbers stay only where a custom scalar is expected. */
export function exactVariables(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
  given: Record<string, unknown>,
): ExactVariables {
  let variables = given;
  const path: Path = [];
  for (const { variable, type } of definitions) {
    const name = variable.name.value;
    const value = given[name];
    if (value === undefined || value === null) continue;
    path.push(`$${name}`);
    const fitted = fit(typeFromAST(schema, type as never) as GraphQLInputType | undefined, value, path);
    if (fitted instanceof Refusal) return { variables, refusal: fitted };
    if (fitted !== value) variables = { ...variables, [name]: fitted };
    path.pop();
  }
  return { variables };
}

/** The value for this type, itself where nothing has to be changed. What does not fit its type is refused elsewhere. */
function fit(type: GraphQLInputType | undefined, value: unknown, path: Path): unknown {
  if (value === undefined || value === null || type === undefined) return value;
  if (isNonNullType(type)) return fit(type.ofType, value, path);
  if (isListType(type)) {
    if (!Array.isArray(value)) return fit(type.ofType, value, path);
    return changed(value, value.keys(), (index) => fit(type.ofType, value[index], path), path);
  }
  if (isExactNumber(value)) {
    if (type === GraphQLID) return refusedId(placeOf(path));
    return isScalarType(type) && !isSpecifiedScalarType(type) ? value : Number(value.rawJSON);
  }
  if (type === GraphQLID)
    return Number.isInteger(value) && !Number.isSafeInteger(value) ? refusedId(placeOf(path)) : value;
  if (!isInputObjectType(type) || typeof value !== 'object') return value;
  const fields = type.getFields();
  const map = value as Record<string, unknown>;
  return changed(map, Object.keys(fields), (name) => fit(fields[name]!.type, map[name], path), path);
}

/** The list or map with its changed members, or the first refusal of one. */
function changed<Key extends string | number>(
  whole: object,
  keys: Iterable<Key>,
  fitMember: (key: Key) => unknown,
  path: Path,
): unknown {
  let result = whole as Record<Key, unknown>;
  for (const key of keys) {
    path.push(key);
    const fitted = fitMember(key);
    if (fitted instanceof Refusal) return fitted;
    path.pop();
    if (fitted === result[key]) continue;
    if (result === whole) result = (Array.isArray(whole) ? [...(whole as unknown[])] : { ...whole }) as typeof result;
    result[key] = fitted;
  }
  return result;
}

/** `$input.ids[2]` */
const placeOf = ([variable, ...rest]: Path): string =>
  `${variable}${rest.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('')}`;

const refusedId = (place: string) =>
  new Refusal('BAD_USER_INPUT', `${place} is an id as a number too large to be exact: send it as text, in quotes.`);
const refusedLiteral = (text: string) =>
  new Refusal('BAD_USER_INPUT', `${text} is a number too large or too long to be exact here: send it as a variable.`);

/** Refuses such numbers in the document: the planner reads them as doubles. */
export function ExactNumbersRule(context: ValidationContext): ASTVisitor {
  const check = ({ value }: IntValueNode | FloatValueNode) => {
    const type = getNamedType(context.getInputType());
    if (type !== GraphQLID && isScalarType(type) && isSpecifiedScalarType(type)) return;
    if (type === GraphQLID ? Number.isSafeInteger(Number(value)) : !isChangedByDouble(value)) return;
    const shown = value.length > 40 ? `${value.slice(0, 40)}…` : value;
    context.reportError(type === GraphQLID ? refusedId(shown) : refusedLiteral(shown));
  };
  return { IntValue: check, FloatValue: check };
}
