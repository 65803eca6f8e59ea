import { parse } from 'graphql';
import { createExecution } from '../../execution/compiled.ts';
import type { SendToSubgraph, SubgraphAnswer, SubgraphRequest } from '../../execution/execution.ts';
import { anonymous, benchOf } from './comparison.ts';
import { compose } from './supergraphs/compose.ts';

const shop = compose({
  users: `
    type Query { users: [User] owner: User }
    type Mutation { rename(name: String!): User }
    type User @key(fields: "id") { id: ID! name: String }`,
  posts: `type User @key(fields: "id") { id: ID! posts(first: Int): [Post] score: Int } type Post @key(fields: "id") { id: ID! text: String }`,
});
const users = [{ __typename: 'User', id: '1' }, null, { __typename: 'User', id: '2' }, { __typename: 'User', id: '1' }];
const owner = { __typename: 'User', id: '2' };

interface SubscriptionRequest {
  query: string;
  variables: Record<string, unknown>;
}

/** Runs an operation on the shop; `posts` is answered by `answer`, `users` with the fixed users. */
async function run(
  text: string,
  answer: (asked: SubscriptionRequest, nth: number) => SubgraphAnswer,
  settings: { authorization?: string } = {},
) {
  const asked: SubscriptionRequest[] = [];
  const send: SendToSubgraph = async ({ service, body }) => {
    if (service === 'users') return structuredClone({ data: { users, owner, rename: owner } });
    asked.push(JSON.parse(body) as SubscriptionRequest);
    return structuredClone(answer(asked.at(-1)!, asked.length));
  };
  const execution = createExecution(shop, send);
  const caller = { ...anonymous, authorization: settings.authorization };
  return { ...(await execution.execute({ document: parse(text), variables: {}, caller })), asked };
}

test('equal representations are sent once, and every place gets the answer', async () => {
  const { data, asked } = await run('{ users { score } }', () => ({
    data: { _entities: [{ score: 10 }, { score: 20 }] },
  }));
  expect(asked.map(({ variables }) => variables)).toEqual([
    {
      representations: [
        { __typename: 'User', id: '1' },
        { __typename: 'User', id: '2' },
      ],
    },
  ]);
  expect(data).toEqual({ users: [{ score: 10 }, null, { score: 20 }, { score: 10 }] });
});

test('an error of an entity stands at every place where the entity stands', async () => {
  const { errors } = await run('{ users { score } }', () => ({
    data: { _entities: [{ score: null }, { score: 20 }] },
    errors: [{ message: 'no', path: ['_entities', 0, 'score'], extensions: { code: 'FORBIDDEN' } }],
  }));
  expect(errors?.map(({ path }) => path)).toEqual([
    ['users', 0, 'score'],
    ['users', 3, 'score'],
  ]);
});

test('fetches of one level to one subgraph are one request, equal selections with one list of representations', async () => {
  const { data, asked } = await run('{ users { score } owner { score } }', () => ({
    data: { _entities: [{ score: 10 }, { score: 20 }] },
  }));
  expect(asked).toHaveLength(1);
  expect(data).toEqual({ users: [{ score: 10 }, null, { score: 20 }, { score: 10 }], owner: { score: 20 } });
});

test('different selections go in one request under an alias each, and their errors find their places', async () => {
  const { data, errors, asked } = await run('{ users { score } owner { posts(first: 2) { text } } }', () => ({
    data: { entities_0: [{ score: 1 }, { score: 2 }], entities_1: [{ posts: [{ text: null }, { text: 'b' }] }] },
    errors: [{ message: 'no', path: ['entities_1', 0, 'posts', 0, 'text'], extensions: { code: 'FORBIDDEN' } }],
  }));
  expect(asked).toHaveLength(1);
  expect(asked[0]!.query.replace(/\s/g, '')).toBe(
    'query($representations_0:[_Any!]!$representations_1:[_Any!]!){entities_0:_entities(representations:$representations_0){...onUser{score}}entities_1:_entities(representations:$representations_1){...onUser{posts(first:2){text}}}}',
  );
  expect(data).toEqual({
    users: [{ score: 1 }, null, { score: 2 }, { score: 1 }],
    owner: { posts: [{ text: null }, { text: 'b' }] },
  });
  expect(errors?.map(({ path }) => path)).toEqual([['owner', 'posts', 0, 'text']]);
});

test('when one selection spoils a shared request, each is asked on its own', async () => {
  const { data, errors, asked } = await run('{ users { score } owner { posts { text } } }', ({ query }, nth) => {
    if (nth === 1)
      return {
        data: null,
        errors: [{ message: 'no', path: ['entities_0'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
      };
    if (query.includes('score'))
      return {
        data: null,
        errors: [{ message: 'no', path: ['_entities'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
      };
    return { data: { _entities: [{ posts: [] }] } };
  });
  expect(asked).toHaveLength(3);
  expect(data).toEqual({ users: [{ score: null }, null, { score: null }, { score: null }], owner: { posts: [] } });
  expect(errors).toHaveLength(1);
});

test.each(['SUBGRAPH_UNAVAILABLE', 'SUBGRAPH_TIMEOUT', 'UNAVAILABLE', 'RATE_LIMITED', 'FORBIDDEN', 'UNAUTHENTICATED'])(
  'a subgraph that answers %s is not asked again',
  async (code) => {
    const away = { data: null, errors: [{ message: 'away', extensions: { code } }] };
    const { errors, asked } = await run('{ users { score } owner { posts { text } } }', () => away);
    expect(asked).toHaveLength(1);
    expect(errors).toHaveLength(1);
  },
);

test('nothing is asked for entities that are not there', async () => {
  const { data, asked } = await run('{ nobody: owner { score } }', () => ({ data: null }));
  expect(asked).toEqual([]);
  expect(data).toEqual({ nobody: null });
});

test('an answer that stands in two places is not mixed with what only one place asks', async () => {
  const bench = benchOf({
    a: `type Query { left: [A] right: [A] } type A @key(fields: "id") { id: ID! b: B } type B @key(fields: "id") { id: ID! }`,
    b: `type B @key(fields: "id") { id: ID! value(of: Int): Int c: C } type C @key(fields: "id") { id: ID! }`,
    c: `type C @key(fields: "id") { id: ID! value(of: Int): Int }`,
  });
  const text =
    '{ left { b { v: value(of: 1) c { w: value(of: 3) } } } right { b { v: value(of: 2) c { w: value(of: 4) } } } }';
  const { data } = await bench.ours(text);
  expect(data).toEqual((await bench.reference(text)).data);
});

describe('queries asked at the same time', () => {
  /** A subgraph that answers when it is told to. */
  function heldShop() {
    const requests: SubgraphRequest[] = [];
    const answers: ((answer: SubgraphAnswer) => void)[] = [];
    const send: SendToSubgraph = (request) => new Promise((resolve) => (requests.push(request), answers.push(resolve)));
    const execution = createExecution(shop, send);
    const ask = (text: string, authorization?: string) =>
      execution.execute({ document: parse(text), variables: {}, caller: { ...anonymous, authorization } });
    return { requests, answers, ask };
  }

  test('by one identity share a request, and none sees what another does with the answer', async () => {
    const { requests, answers, ask } = heldShop();
    const both = [ask('{ owner { name } }', 'Bearer a'), ask('{ owner { name } }', 'Bearer a')];
    expect(requests).toHaveLength(1);
    answers[0]!({ data: { owner: { name: 'Ada' } } });
    const [first, second] = await Promise.all(both);
    expect(first).toEqual(second);
    expect(first!.data!['owner']).not.toBe(second!.data!['owner']);
  });

  test('and equal as a whole are executed once, unless their variables differ', async () => {
    const execution = createExecution(shop, async () => ({ data: { owner: { name: 'Ada' } } }));
    const document = parse('query ($shown: Boolean!) { owner { name @include(if: $shown) } }');
    const write = (shown: boolean, caller = anonymous) => execution.write({ document, variables: { shown }, caller });
    const [one, same, other] = await Promise.all([write(true), write(true), write(false)]);
    expect(same).toBe(one);
    expect(other).not.toBe(one);
    expect(await write(true)).not.toBe(one);
  });

  test('by different identities share nothing', async () => {
    const { requests, answers, ask } = heldShop();
    const all = [
      ask('{ owner { name } }', 'Bearer a'),
      ask('{ owner { name } }', 'Bearer b'),
      ask('{ owner { name } }'),
    ];
    expect(requests).toHaveLength(3);
    ['Ada', 'Bob', 'nobody'].forEach((name, i) => answers[i]!({ data: { owner: { name } } }));
    expect((await Promise.all(all)).map(({ data }) => (data as { owner: { name: string } }).owner.name)).toEqual([
      'Ada',
      'Bob',
      'nobody',
    ]);
  });

  test('mutations are never shared', async () => {
    const { requests, answers, ask } = heldShop();
    const both = [
      ask('mutation { rename(name: "x") { name } }', 'Bearer a'),
      ask('mutation { rename(name: "x") { name } }', 'Bearer a'),
    ];
    expect(requests).toHaveLength(2);
    for (const answer of answers) answer({ data: { rename: { name: 'x' } } });
    await Promise.all(both);
  });

  test('a query after an answer does not join one from before it, which may know less', async () => {
    const { requests, answers, ask } = heldShop();
    const before = ask('{ owner { name } }', 'Bearer a');
    const other = ask('{ owner { id } }', 'Bearer a');
    answers[1]!({ data: { owner: { id: '1' } } });
    await other;
    const after = ask('{ owner { name } }', 'Bearer a');
    const stranger = ask('{ owner { name } }', 'Bearer b');
    expect(requests).toHaveLength(4);
    answers[0]!({ data: { owner: { name: 'old' } } });
    for (const answer of answers.slice(2)) answer({ data: { owner: { name: 'new' } } });
    expect((await before).data).toEqual({ owner: { name: 'old' } });
    expect((await after).data).toEqual({ owner: { name: 'new' } });
    expect((await stranger).data).toEqual({ owner: { name: 'new' } });
  });

  test('a query after a mutation does not join one from before it', async () => {
    const { requests, answers, ask } = heldShop();
    const before = ask('{ owner { name } }', 'Bearer a');
    const change = ask('mutation { rename(name: "new") { name } }', 'Bearer a');
    answers[1]!({ data: { rename: { name: 'new' } } });
    await change;
    const after = ask('{ owner { name } }', 'Bearer a');
    expect(requests).toHaveLength(3);
    answers[0]!({ data: { owner: { name: 'old' } } });
    answers[2]!({ data: { owner: { name: 'new' } } });
    expect((await before).data).toEqual({ owner: { name: 'old' } });
    expect((await after).data).toEqual({ owner: { name: 'new' } });
  });
});

test('the fields of a mutation are executed one after the other', async () => {
  const shelf = compose({
    a: 'type Query { a: Int } type Mutation { put(what: Int): Int take(what: Int): Int }',
    b: 'type Mutation { count: Int }',
  });
  const order: string[] = [];
  const send: SendToSubgraph = async ({ service, body }) => {
    order.push(`${service} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    order.push(`${service} ends`);
    const names = (JSON.parse(body) as SubscriptionRequest).query.match(/put|take|count/g)!;
    return { data: Object.fromEntries(names.map((name) => [name, 1])) };
  };
  const document = parse('mutation { put(what: 1) count take(what: 1) }');
  const { data } = await createExecution(shelf, send).execute({ document, variables: {}, caller: anonymous });
  expect(data).toEqual({ put: 1, count: 1, take: 1 });
  expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'a begins', 'a ends']);
});

test('a query may be repeated, and so may what completes a mutation; the mutation itself never', async () => {
  const asked: [string, boolean | undefined][] = [];
  const execution = createExecution(shop, async ({ service, mayRepeat }) => {
    asked.push([service, mayRepeat]);
    return {
      data: service === 'users' ? { owner: { ...owner }, rename: { ...owner } } : { _entities: [{ score: 1 }] },
    };
  });
  for (const text of ['{ owner { score } }', 'mutation { rename(name: "x") { score } }'])
    await execution.execute({ document: parse(text), variables: {}, caller: anonymous });
  expect(asked).toEqual([
    ['users', true],
    ['posts', true],
    ['users', false],
    ['posts', true],
  ]);
});
