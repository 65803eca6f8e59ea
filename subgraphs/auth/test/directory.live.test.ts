import { type AuthDoor, type Session, openAuth } from './door.ts';

let auth: AuthDoor;
let ada: Session;
let operator: Session;
beforeAll(async () => {
  auth = await openAuth();
  [ada, operator] = await Promise.all([auth.signUp({ name: 'Ada' }), auth.operator()]);
  for (const name of ['ada.b', 'ada_c', 'adaxc']) await auth.signUp({ name });
});
afterAll(() => auth.stop());

interface Listed {
  users: { nodes: { name: string; status: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
}
const query = `query ($search: String, $first: Int, $after: String) {
  users(search: $search, first: $first, after: $after) { nodes { name status } pageInfo { hasNextPage endCursor } } }`;
const list = (variables: object, token: string | undefined = operator.accessToken) =>
  auth.ask<Listed>(query, variables, token);
const names = async (variables: object) => (await list(variables)).data!.users.nodes.map(({ name }) => name);

test.each<[string, () => string | undefined, string]>([
  ['a player', () => ada.accessToken, 'FORBIDDEN'],
  ['somebody anonymous', () => '', 'UNAUTHENTICATED'],
])('%s may not look for others', async (_, token, code) => {
  expect((await list({}, token())).code).toBe(code);
});

test('users are found by the beginning of their name, without case, in the order of names', async () => {
  expect(await names({ search: 'ADA' })).toEqual(['Ada', 'ada.b', 'ada_c', 'adaxc']);
  expect(await names({ search: 'operator' })).toEqual(['operator']);
  expect(await names({ search: 'nobody' })).toEqual([]);
});

test('what is a pattern to the database is a letter here', async () => {
  expect(await names({ search: 'ada_' })).toEqual(['ada_c']);
  expect(await names({ search: '%' })).toEqual([]);
});

test('a user is found by id', async () => {
  expect(await names({ search: ada.user.id })).toEqual(['Ada']);
});

test('pages cover everyone once', async () => {
  const seen: string[] = [];
  for (let after: string | null = null; ;) {
    const { nodes, pageInfo }: Listed['users'] = (await list({ first: 2, after })).data!.users;
    seen.push(...nodes.map(({ name }) => name.toLowerCase()));
    if (!pageInfo.hasNextPage) break;
    after = pageInfo.endCursor;
  }
  expect(seen).toEqual(['ada', 'ada.b', 'ada_c', 'adaxc', 'operator', 'service', 'user']);
});

test.each([
  ['a page of none', { first: 0 }],
  ['a page beyond the limit', { first: 101 }],
  ['a cursor of another list', { after: Buffer.from('audit:7').toString('base64url') }],
  ['a cursor that holds no name', { after: Buffer.from("users:' or 1=1").toString('base64url') }],
  ['a search as long as a letter', { search: 'x'.repeat(65) }],
])('%s is refused', async (_, variables) => {
  expect((await list(variables)).code).toBe('BAD_USER_INPUT');
});
