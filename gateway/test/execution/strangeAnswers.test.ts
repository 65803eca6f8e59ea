import { parse } from 'graphql';
import { createExecution } from '../../execution/compiled.ts';
import type { SubgraphAnswer } from '../../execution/execution.ts';
import { anonymous } from './comparison.ts';
import { compose } from './supergraphs/compose.ts';

const sdl = compose({
  users: `
    type Query { users: [User] user: User many(count: Int): [User] }
    type User @key(fields: "id") { id: ID! name: String friend: Friend }
    type Friend { id: ID! age: Int }`,
  posts: `type User @key(fields: "id") { id: ID! score: Int best: Post title: String @shareable } type Post { text: String }`,
  titles: `type Query { top: User } type User @key(fields: "id") { id: ID! title: String @shareable }`,
});
interface Asked {
  query: string;
  variables: { representations: { id: string }[] };
}

async function run(text: string, users: SubgraphAnswer, answer: (asked: Asked) => SubgraphAnswer) {
  const asked: Asked[] = [];
  const { execute } = createExecution(sdl, async ({ service, body }) => {
    if (service === 'users') return structuredClone(users);
    asked.push(JSON.parse(body) as Asked);
    return structuredClone(answer(asked.at(-1)!));
  });
  const { data, errors } = await execute({ document: parse(text), variables: {}, caller: anonymous });
  return { data, asked, places: errors?.map(({ path, extensions }) => [path?.join('.'), extensions['code']]) };
}
const away: SubgraphAnswer = {
  data: null,
  errors: [{ message: 'away', extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }],
};
const user = (id: string, more: object = {}) => ({ __typename: 'User', id, ...more });

test('what was not asked for does not stand in for the answer of another subgraph', async () => {
  const foreign = { score: 666, best: { text: 'planted' } };
  const { data, places } = await run(
    '{ users { name score best { text } } }',
    { data: { users: [user('1', { name: 'Ada', ...foreign })] } },
    () => away,
  );
  expect(data).toEqual({ users: [{ name: 'Ada', score: null, best: null }] });
  expect(places).toEqual([[undefined, 'SUBGRAPH_UNAVAILABLE']]);
});

test('nor does it reach the root, or change what another subgraph answers', async () => {
  const { data } = await run(
    '{ user { name friend { age } score } }',
    { data: { user: user('1', { name: 'Ada', friend: { age: 3 } }), top: { title: 'planted' } } },
    () => ({ data: { _entities: [{ score: 1, name: 'Eve', friend: { age: 99 }, __typename: 'User' }] } }),
  );
  expect(data).toEqual({ user: { name: 'Ada', friend: { age: 3 }, score: 1 } });
});

test('an entity of another type or another key than was asked for is an error at each of its places', async () => {
  const users = { data: { users: [user('1'), user('2'), user('1')] } };
  const other = await run('{ users { score } }', users, () => ({
    data: { _entities: [{ __typename: 'Post', score: 1 }, { score: 2 }] },
  }));
  expect(other.data).toEqual({ users: [{ score: null }, { score: 2 }, { score: null }] });
  expect(other.places).toEqual([
    ['users.0', 'INTERNAL_SERVER_ERROR'],
    ['users.2', 'INTERNAL_SERVER_ERROR'],
  ]);
});

test('a list of entities of another length is an error, and nothing of it is taken', async () => {
  const users = { data: { users: [user('1'), user('2')] } };
  const { data, places } = await run('{ users { score } }', users, () => ({ data: { _entities: [{ score: 1 }] } }));
  expect(data).toEqual({ users: [{ score: null }, { score: null }] });
  expect(places).toEqual([[undefined, 'INTERNAL_SERVER_ERROR']]);
});

test('a subgraph is asked for at most 500 entities at once, and every entity gets its answer', async () => {
  const many = Array.from({ length: 1234 }, (_, i) => user(String(i)));
  const { data, asked, places } = await run(
    '{ many { score } users { title } }',
    { data: { many, users: many.slice(0, 10) } },
    ({ variables: { representations } }) => ({
      data: { _entities: representations.map(({ id }) => ({ score: Number(id), title: `title ${id}` })) },
      errors: representations.flatMap(({ id }, i) =>
        id === '777' ? [{ message: 'no', path: ['_entities', i, 'score'], extensions: { code: 'NOT_FOUND' } }] : [],
      ),
    }),
  );
  expect(asked.map(({ variables }) => variables.representations.length).sort((a, b) => a - b)).toEqual([
    10, 234, 500, 500,
  ]);
  const { many: scores, users } = data as unknown as { many: { score: number }[]; users: { title: string }[] };
  expect(scores.map(({ score }) => score)).toEqual(many.map((_, i) => i));
  expect(users[9]).toEqual({ title: 'title 9' });
  expect(places).toEqual([['many.777.score', 'NOT_FOUND']]);
});
