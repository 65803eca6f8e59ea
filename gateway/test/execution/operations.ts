import fc from 'fast-check';
import {
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLInputType,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  isUnionType,
} from 'graphql';

/** An operation made at random. */
export interface RandomOperation {
  /** Every alias in it is unlike every field name. */
  text: string;
  variables: Record<string, unknown>;
  /** Names that aliases may be replaced with, so that they collide with fields. */
  collisions: Readonly<Record<string, string>>;
}

/** A tape of choices; where it ends, the smallest choice is made, so that shorter tapes are simpler operations. */
class Tape {
  readonly #numbers: readonly number[];
  #at = 0;
  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }
  below(limit: number): number {
    return (this.#numbers[this.#at++] ?? 0) % limit;
  }
  chance(percent: number): boolean {
    return this.below(100) >= 100 - percent;
  }
  pick<Value>(values: readonly Value[]): Value {
    return values[this.below(values.length)]!;
  }
}

/** Valid operations on a schema, most of the time: fields of one response key may still not merge. `aliased` fields never stand under their own name. */
export function operations(schema: GraphQLSchema, aliased: ReadonlySet<string>): fc.Arbitrary<RandomOperation> {
  return fc
    .array(fc.nat(999), { minLength: 20, maxLength: 220 })
    .map((numbers) => new Writer(schema, aliased, new Tape(numbers)).write());
}

class Writer {
  readonly #schema: GraphQLSchema;
  readonly #aliased: ReadonlySet<string>;
  readonly #tape: Tape;
  readonly #fragments: string[] = [];
  readonly #definitions: string[] = [];
  readonly #variables: Record<string, unknown> = {};
  readonly #collisions: Record<string, string> = {};
  #names = 0;

  constructor(schema: GraphQLSchema, aliased: ReadonlySet<string>, tape: Tape) {
    this.#schema = schema;
    this.#aliased = aliased;
    this.#tape = tape;
  }

  write(): RandomOperation {
    const [mutation, subscription] = [this.#schema.getMutationType(), this.#schema.getSubscriptionType()];
    const isMutation = mutation && this.#tape.chance(30);
    const isSubscription = subscription && this.#tape.chance(50);
    const kind = isSubscription ? 'subscription' : isMutation ? 'mutation' : 'query';
    const selection = isSubscription
      ? `{ ${this.#field(subscription, 0, false)} }`
      : this.#selection(isMutation ? mutation : this.#schema.getQueryType()!, 0);
    const definitions = this.#definitions.length > 0 ? `(${this.#definitions.join(', ')})` : '';
    const text = [`${kind} Random${definitions} ${selection}`, ...this.#fragments].join('\n');
    return { text, variables: this.#variables, collisions: this.#collisions };
  }

  /** `fragments` says whether there may be further type conditions directly inside. */
  #selection(type: GraphQLCompositeType, depth: number, fragments = true): string {
    const parts = Array.from({ length: 1 + this.#tape.below(depth === 0 ? 3 : 4) }, () =>
      this.#part(type, depth, fragments),
    );
    return `{ ${parts.join(' ')} }`;
  }

  #part(type: GraphQLCompositeType, depth: number, fragments: boolean): string {
    if (isUnionType(type) || (fragments && this.#tape.chance(isAbstractType(type) ? 55 : 10)))
      return depth > 5 ? '__typename' : this.#fragment(type, depth);
    if (this.#tape.chance(8)) return `__typename${this.#condition()}`;
    return this.#field(type, depth);
  }

  #field(type: GraphQLObjectType | GraphQLInterfaceType, depth: number, mayBeSkipped = true): string {
    const fields = Object.values(type.getFields());
    const leaves = fields.filter((field) => !isCompositeType(getNamedType(field.type)));
    const field = this.#tape.pick(depth > 4 && leaves.length > 0 ? leaves : fields);
    const named = getNamedType(field.type);
    if (depth > 6 && isCompositeType(named)) return '__typename';
    const args = field.args
      .filter((arg) => isRequiredArgument(arg) || this.#tape.chance(40))
      .map((arg) => `${arg.name}: ${this.#argument(arg)}`);
    const needsAlias = args.length > 0 || this.#aliased.has(field.name);
    const alias = needsAlias || this.#tape.chance(15) ? `${this.#alias(type)}: ` : '';
    const selection = isCompositeType(named) ? ` ${this.#selection(named, depth + 1)}` : '';
    return `${alias}${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}${mayBeSkipped ? this.#condition() : ''}${selection}`;
  }

  #alias(type: GraphQLCompositeType): string {
    const alias = `zq${this.#names++}`;
    if (!isUnionType(type) && this.#tape.chance(60))
      this.#collisions[alias] = this.#tape.pick(Object.keys(type.getFields()));
    return alias;
  }

  #fragment(type: GraphQLCompositeType, depth: number): string {
    const candidates = [type, ...(isAbstractType(type) ? this.#schema.getPossibleTypes(type) : [])];
    if (isObjectType(type)) candidates.push(...type.getInterfaces());
    const condition = this.#tape.pick(isUnionType(type) ? candidates.slice(1) : candidates);
    // An object without a `__typename`, taken for its interface, has no type any more for the stock executor.
    const isWider = isObjectType(type) && condition !== type;
    const deeper = depth + (this.#tape.chance(50) ? 1 : 0) + (depth > 3 ? 1 : 0);
    const selection = this.#selection(condition, deeper, !isWider);
    if (this.#tape.chance(25)) {
      const name = `F${this.#names++}`;
      this.#fragments.push(`fragment ${name} on ${condition.name} ${selection}`);
      return `...${name}${this.#condition()}`;
    }
    return `...${condition === type && this.#tape.chance(40) ? '' : ` on ${condition.name}`}${this.#condition()} ${selection}`;
  }

  #condition(): string {
    if (!this.#tape.chance(12)) return '';
    const directive = this.#tape.pick(['include', 'skip']);
    if (this.#tape.chance(25)) return ` @${directive}(if: ${this.#tape.chance(50)})`;
    return ` @${directive}(if: ${this.#variable('Boolean!', this.#tape.chance(50))})`;
  }

  #argument(arg: GraphQLArgument): string {
    const literal = this.#literal(arg.type);
    return isObjectLike(arg.type) || this.#tape.chance(60)
      ? literal
      : this.#variable(String(arg.type), JSON.parse(literal.replace(/^([A-Z]+)$/, '"$1"')));
  }

  #variable(type: string, value: unknown): string {
    const name = `v${Object.keys(this.#variables).length}`;
    this.#variables[name] = value;
    this.#definitions.push(`$${name}: ${type}`);
    return `$${name}`;
  }

  #literal(type: GraphQLInputType): string {
    if (isNonNullType(type)) return this.#literal(type.ofType);
    if (isListType(type))
      return `[${Array.from({ length: this.#tape.below(3) }, () => this.#literal(type.ofType)).join(', ')}]`;
    if (isEnumType(type)) return this.#tape.pick(type.getValues()).name;
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter(
        (field) => isRequiredInputField(field) || this.#tape.chance(50),
      );
      return `{ ${fields.map((field) => `${field.name}: ${this.#literal(field.type)}`).join(', ')} }`;
    }
    if (type.name === 'Int') return String(this.#tape.below(5));
    if (type.name === 'Boolean') return String(this.#tape.chance(50));
    return JSON.stringify(`n${this.#tape.below(4)}`);
  }
}

const isObjectLike = (type: GraphQLInputType): boolean => isInputObjectType(getNamedType(type));
