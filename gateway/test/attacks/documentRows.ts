export interface DocumentRow {
  id: string;
  attack: string;
  query: string;
  variables?: object;
  /** Any of these; null: it may as well be answered. */
  codes: (string | null)[];
  /** What comes by GET is refused for what it is. */
  isMutation?: boolean;
}

const times = (count: number, text: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => text(n)).join(' ');
const nested = (depth: number, inside = 'id') =>
  `{ me ${'{ completions { nodes { user '.repeat(depth)}{ ${inside} }${' } } }'.repeat(depth)} }`;
const row = (
  id: string,
  attack: string,
  codes: string | (string | null)[],
  query: string,
  variables?: object,
): DocumentRow => ({
  id,
  attack,
  query,
  codes: typeof codes === 'string' ? [codes] : codes,
  ...(variables && { variables }),
  ...(query.startsWith('mutation') && { isMutation: true }),
});
const invalid = 'GRAPHQL_VALIDATION_FAILED';
const login = 'signIn(input: { name: "user", password: "wrong" }) { accessToken }';

/** SECURITY.md 4.2: documents that must be refused with one code over every transport, before anything is executed. */
export const documentRows: DocumentRow[] = [
  row('Q1', 'introspection', invalid, '{ __schema { types { name } } }'),
  row('Q1', 'introspection of a type', invalid, '{ __type(name: "User") { fields { name } } }'),
  row(
    'Q1',
    'circular introspection',
    invalid,
    `{ __schema { types { fields { type { fields { type { name } } } } } } }`,
  ),
  row('Q3', 'a misspelt field', invalid, '{ me { nam } }'),
  row('Q3', 'a misspelt root field', invalid, '{ m }'),
  row('Q3', 'a misspelt argument', invalid, '{ quest(i: 1) { id } }'),
  row('Q4', 'the SDL of a subgraph', invalid, '{ _service { sdl } }'),
  row(
    'Q5',
    'an entity by reference',
    invalid,
    '{ _entities(representations: [{ __typename: "User", id: "2" }]) { __typename } }',
  ),
  row('Q6', '101 aliases', 'MAX_ALIASES_LIMIT', `{ ${times(101, (n) => `a${n}: __typename`)} }`),
  row(
    'Q7',
    '1,000 sign-ins',
    ['MAX_TOKENS_LIMIT', 'MAX_ROOT_FIELDS_LIMIT'],
    `mutation { ${times(1000, (n) => `a${n}: ${login}`)} }`,
  ),
  row('Q7', '40 sign-ins', 'MAX_ROOT_FIELDS_LIMIT', `mutation { ${times(40, (n) => `a${n}: ${login}`)} }`),
  row('Q7', '10 sign-ins', 'COST_ESTIMATED_TOO_EXPENSIVE', `mutation { ${times(10, (n) => `a${n}: ${login}`)} }`),
  row('Q8', '1,500 aliased fields', 'MAX_TOKENS_LIMIT', `{ ${times(1500, (n) => `a${n}: me { id }`)} }`),
  row('Q9', 'one field 500 times', ['MAX_TOKENS_LIMIT', 'MAX_HEIGHT_LIMIT'], `{ ${times(500, () => '__typename')} }`),
  row('Q10', '10 unknown directives', invalid, `{ me { id ${times(10, () => '@aa')} } }`),
  row('Q10', '5,000 unknown directives', 'MAX_TOKENS_LIMIT', `{ me { id ${times(5000, () => '@aa')} } }`),
  row(
    'Q11',
    '1,000 conditions',
    ['MAX_DIRECTIVES_LIMIT', 'MAX_TOKENS_LIMIT'],
    `{ me { id ${times(1000, () => '@include(if: true)')} } }`,
  ),
  row('Q11', '60 conditions', 'MAX_DIRECTIVES_LIMIT', `{ me { ${times(60, () => 'id @include(if: true)')} } }`),
  row(
    'Q12',
    'depth 9',
    'MAX_DEPTH_LIMIT',
    nested(2, 'wallet { balances { item } }').replace('user { wallet', 'user { wallet'),
  ),
  row(
    'Q12',
    'depth 9 by inline fragments',
    'MAX_DEPTH_LIMIT',
    `{ ... { ... on Query ${nested(2, 'wallet { balances { item } }')} } }`,
  ),
  row(
    'Q12',
    'depth 9 by named fragments',
    'MAX_DEPTH_LIMIT',
    '{ me { ...A } } fragment A on User { completions { nodes { user { ...B } } } } fragment B on User { completions { nodes { user { wallet { gold } } } } }',
  ),
  row('Q13', 'depth 40 in a circle', 'MAX_DEPTH_LIMIT', nested(13)),
  row(
    'Q14',
    'fragments in a circle',
    invalid,
    '{ me { ...A } } fragment A on User { ...B } fragment B on User { ...A }',
  ),
  row(
    'Q15',
    'fragments that double thirty times by aliases',
    'QUERY_TOO_COMPLEX',
    `{ me { ...F0 } } ${times(30, (n) => `fragment F${n} on User { completions { a: nodes { user { ...F${n + 1} } } b: nodes { user { ...F${n + 1} } } } }`)} fragment F30 on User { id }`,
  ),
  row(
    'Q16',
    'fragments that double thirty times on one level',
    'QUERY_TOO_COMPLEX',
    `{ me { ...F0 } } ${times(30, (n) => `fragment F${n} on User { ...F${n + 1} ...F${n + 1} }`)} fragment F30 on User { id }`,
  ),
  row(
    'Q17',
    '800 fragments on one selection',
    'MAX_TOKENS_LIMIT',
    `{ me { ${times(800, (n) => `...F${n}`)} } } ${times(800, (n) => `fragment F${n} on User { id }`)}`,
  ),
  row(
    'Q17',
    'as many fragments on one selection as fit',
    [null],
    `{ me { ${times(40, (n) => `...F${n}`)} } } ${times(40, (n) => `fragment F${n} on User { id name status }`)}`,
  ),
  row(
    'Q17',
    'one fragment more',
    'QUERY_TOO_COMPLEX',
    `{ me { ${times(41, (n) => `...F${n}`)} } } ${times(41, (n) => `fragment F${n} on User { id }`)}`,
  ),
  row('Q19', '1,001 tokens', 'MAX_TOKENS_LIMIT', `{ ${times(1000, () => 'a')} }`),
  row('Q19', '15,001 characters', 'MAX_TOKENS_LIMIT', `{ me { id } }${' '.repeat(15_000)}`),
  row('Q20', 'a page of a million', 'BAD_USER_INPUT', '{ quests(first: 1000000) { nodes { id } } }'),
  row(
    'Q20',
    'a page of a million by variable',
    'BAD_USER_INPUT',
    'query ($n: Int) { quests(first: $n) { nodes { id } } }',
    { n: 1e6 },
  ),
  row('Q20', 'a page of -1', 'BAD_USER_INPUT', '{ quests(first: -1) { nodes { id } } }'),
  row('Q20', 'a page of null', 'BAD_USER_INPUT', '{ quests(first: null) { nodes { id } } }'),
  ...['99999999999', '1e400', '"abc"', '2147483648'].map((value) =>
    row('Q21', `${value} for a number`, [invalid, 'BAD_USER_INPUT'], `{ quests(first: ${value}) { nodes { id } } }`),
  ),
  row('Q21', 'a long value for a number', 'BAD_USER_INPUT', 'query ($n: Int) { quests(first: $n) { nodes { id } } }', {
    n: 'x'.repeat(9000),
  }),
  row('Q23', 'the alias __proto__', invalid, '{ __proto__: me { id } }'),
  row('Q23', 'the alias constructor', [null], '{ constructor: me { prototype: id } }'),
  row(
    'Q23',
    'the variable __proto__',
    [null, invalid],
    'query ($__proto__: Int) { quests(first: $__proto__) { nodes { id } } }',
    JSON.parse('{"__proto__":{"polluted":1}}') as object,
  ),
  row('Q23', 'the argument __proto__', invalid, '{ quests(filter: { __proto__: { polluted: 1 } }) { nodes { id } } }'),
  row(
    'Q24',
    'lists in lists',
    'COST_ESTIMATED_TOO_EXPENSIVE',
    '{ me { completions(first: 100) { nodes { user { completions(first: 100) { nodes { id } } } } } } }',
  ),
  row(
    'Q24',
    'lists side by side',
    'COST_ESTIMATED_TOO_EXPENSIVE',
    `{ ${times(6, (n) => `a${n}: quests(first: 100) { edges { node { rewards { id } } } }`)} }`,
  ),
  row('Q25', '@defer', invalid, '{ me { ... @defer { id } } }'),
  row('Q25', '@stream', invalid, '{ quests { nodes @stream { id } } }'),
  row(
    'Q27',
    '21 root fields',
    'MAX_ROOT_FIELDS_LIMIT',
    `mutation { ${times(21, (n) => `a${n}: claimAllRewards { id }`)} }`,
  ),
  row('I3', 'an order by column', invalid, '{ quests(orderBy: "password_hash") { nodes { id } } }'),
  row(
    'I11',
    'roles at sign-up',
    invalid,
    'mutation { signUp(input: { name: "mallory", password: "correct horse", roles: [OPERATOR] }) { accessToken } }',
  ),
  row('I12', "another's time zone", invalid, 'mutation { changeTimeZone(userId: "1", timeZone: "UTC") { id } }'),
  row(
    'I14',
    'the time of a sign-in',
    invalid,
    'mutation { signIn(input: { name: "user", password: "x", occurredAt: "2020-01-01" }) { accessToken } }',
  ),
  row('A12', 'the password hash', invalid, '{ me { passwordHash } }'),
  row('W18', "another's popups", invalid, 'subscription { questCompleted(userId: "1") { cursor } }'),
];
