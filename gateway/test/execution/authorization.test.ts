import { parse } from 'graphql';
import type { Viewer } from '../../../shared/identity.ts';
import { createExecution } from '../../execution/compiled.ts';
import { anonymous } from './comparison.ts';
import { fakeSubgraphs } from './fakeSubgraphs.ts';
import { compose } from './supergraphs/compose.ts';
import { fairWeather } from './world.ts';

const subgraphs = {
  users: `
    type Query {
      users: [User!] open: Int inner: Int @authenticated strict: Int! @authenticated secret: Secret mood: Mood
      node: Node any: [Any!] mail: String @requiresScopes(scopes: [["read:mail", "user"], ["admin"]])
      pay: Int @policy(policies: [["adult"]]) both: Int @authenticated @requiresScopes(scopes: [["admin"]])
    }
    type Mutation { wipe: Int @requiresScopes(scopes: [["admin"]]) touch: Int }
    type Subscription { told: Int @authenticated }
    type User @key(fields: "id") { id: ID! name: String }
    type Secret @authenticated { text: String }
    enum Mood @authenticated { GOOD }
    interface Node { id: ID! }
    type Plain implements Node { id: ID! size: Int }
    type Hidden { id: ID! code: Int @authenticated }
    union Any = Plain | Vault
    type Vault @authenticated { code: Int }
    extend type Query { hidden: Hidden }`,
  mails: `type User @key(fields: "id") { id: ID! address: String @requiresScopes(scopes: [["read:mail"]]) count: Int }`,
};
const sdl = compose(subgraphs);
const viewer = (...scopes: string[]): Viewer => ({
  id: 'ada',
  roles: ['PLAYER'],
  sessionId: 's',
  expiresAt: 0,
  scopes,
});

async function ask(text: string, caller: Viewer | null, supergraph = sdl, seed = 4) {
  const { send, requests, effects } = fakeSubgraphs(subgraphs)({ ...fairWeather, seed });
  const grantPolicies = () => (caller?.id === 'ada' && caller.scopes!.includes('old') ? ['adult'] : []);
  const { execute } = createExecution(supergraph, send, { grantPolicies });
  const { data, errors } = await execute({
    document: parse(text),
    variables: {},
    caller: { ...anonymous, viewer: caller },
  });
  const refused = errors?.map(({ path, extensions }) => `${path!.join('.')} ${String(extensions['code'])}`);
  return { data, refused, asked: requests.map(({ body }) => body).join(), effects };
}

test('what asks for a viewer is null with an error without one, and no subgraph is asked for it', async () => {
  const { data, refused, asked } = await ask('{ open inner secret { text } mood }', null);
  expect(data).toEqual({ open: expect.any(Number), inner: null, secret: null, mood: null });
  expect(refused).toEqual([
    'inner UNAUTHORIZED_FIELD_OR_TYPE',
    'secret UNAUTHORIZED_FIELD_OR_TYPE',
    'mood UNAUTHORIZED_FIELD_OR_TYPE',
  ]);
  expect(asked).not.toMatch(/inner|secret|mood/);
});

test('and is answered with one', async () => {
  const { data, refused } = await ask('{ inner secret { text } mood }', viewer());
  expect(refused).toBeUndefined();
  expect(data).toEqual({ inner: expect.any(Number), secret: { text: expect.any(String) }, mood: 'GOOD' });
});

test('a field that may not be null takes its parent with it', async () => {
  expect(await ask('{ open strict }', null)).toMatchObject({
    data: null,
    refused: ['strict UNAUTHORIZED_FIELD_OR_TYPE'],
  });
});

test.each([
  ['nothing', [], false],
  ['one of two scopes', ['user'], false],
  ['both scopes', ['user', 'read:mail'], true],
  ['the scope that stands for both', ['admin'], true],
])('with %s, the field with scopes is readable: %s', async (_, scopes, isReadable) => {
  const { data, refused } = await ask('{ mail }', viewer(...scopes));
  expect([data!['mail'] !== null, refused === undefined]).toEqual([isReadable, isReadable]);
});

test('several directives must all be satisfied', async () => {
  expect((await ask('{ both }', viewer('admin'))).refused).toBeUndefined();
  expect((await ask('{ both }', viewer())).refused).toHaveLength(1);
});

test('a policy holds only for whom the gateway is told that it does', async () => {
  expect((await ask('{ pay }', viewer('old'))).refused).toBeUndefined();
  expect((await ask('{ pay }', viewer())).refused).toEqual(['pay UNAUTHORIZED_FIELD_OR_TYPE']);
  expect((await ask('{ pay }', null)).refused).toEqual(['pay UNAUTHORIZED_FIELD_OR_TYPE']);
});

test('an error stands at every place, in fragments and under aliases too', async () => {
  const text = '{ users { id ...Mail a: count } } fragment Mail on User { where: address }';
  const { data, refused, asked } = await ask(text, viewer());
  const users = data!['users'] as object[];
  expect(users.length).toBeGreaterThan(0);
  expect(users).toEqual(users.map(() => ({ id: expect.any(String), where: null, a: expect.any(Number) })));
  expect(refused).toEqual(users.map((_, i) => `users.${i}.where UNAUTHORIZED_FIELD_OR_TYPE`));
  expect(asked).not.toContain('address');
});

test('an object that turns out to be of a guarded type is not shown, though its type was not asked for', async () => {
  for (let seed = 0; seed < 20; seed++) {
    const { data } = await ask('{ any { ... on Plain { size } ... on Vault { code } } }', null, sdl, seed);
    expect(JSON.stringify(data)).not.toContain('code');
  }
});

test('a mutation that the caller may not use does not run', async () => {
  const { data, effects } = await ask('mutation { wipe touch }', viewer());
  expect(data).toEqual({ wipe: null, touch: expect.any(Number) });
  expect(effects).toEqual(['Mutation.touch{}']);
});

test('a subscription that the caller may not use is refused', () => {
  const execution = createExecution(sdl, fakeSubgraphs(subgraphs)(fairWeather).send);
  const operation = { document: parse('subscription { told }'), variables: {}, caller: anonymous };
  expect(() => execution.planSubscription(operation)).toThrow('Unauthorized field or type');
  expect(execution.planSubscription({ ...operation, caller: { ...anonymous, viewer: viewer() } }).service).toBe(
    'users',
  );
});

test('a supergraph that links the directives without a purpose, or by another name, is guarded all the same', async () => {
  const other = sdl
    .replace('authenticated/v0.1", for: SECURITY', 'authenticated/v0.1", as: "signedIn"')
    .replaceAll('@authenticated', '@signedIn')
    .replace('requiresScopes/v0.1", for: SECURITY', 'requiresScopes/v0.1"');
  expect(other).not.toBe(sdl);
  expect(await ask('{ inner mail }', null, other)).toMatchObject({ data: { inner: null, mail: null } });
});

test('plans of different callers are not mixed', async () => {
  const { send } = fakeSubgraphs(subgraphs)(fairWeather);
  const { execute } = createExecution(sdl, send);
  const document = parse('{ inner }');
  const run = (who: Viewer | null) => execute({ document, variables: {}, caller: { ...anonymous, viewer: who } });
  expect((await run(viewer())).data).toEqual({ inner: expect.any(Number) });
  expect((await run(null)).data).toEqual({ inner: null });
});
