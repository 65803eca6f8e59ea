import { parse } from 'graphql';
import { createExecution } from '../../execution/compiled.ts';
import type { SendToSubgraph, SubgraphAnswer } from '../../execution/execution.ts';
import { anonymous } from './comparison.ts';
import { compose } from './supergraphs/compose.ts';

const sdl = compose({
  users:
    'type Query { user(id: ID!): User ping: Int } type User @key(fields: "id") { id: ID! name: String } type Mutation { rename(name: String): Int }',
  carts: `
    type Query { cart: Cart carts: [Cart] }
    type Mutation { open: Opened opens: [Opened] }
    type Cart { query: Query }
    type Opened { mutation: Mutation }`,
});

async function run(text: string, answer: (service: string, query: string) => SubgraphAnswer) {
  const asked: string[] = [];
  const send: SendToSubgraph = async ({ service, body }) => {
    const { query } = JSON.parse(body) as { query: string };
    asked.push(`${service} ${query}`);
    return structuredClone(answer(service, query));
  };
  const result = await createExecution(sdl, send).execute({ document: parse(text), variables: {}, caller: anonymous });
  return { ...result, asked };
}

describe('a field of type Query inside an answer', () => {
  test('has an answer of its own, also where the root is asked under the same name', async () => {
    const { data } = await run(
      '{ x: user(id: 1) { id name } cart { query { x: user(id: 2) { name } } } }',
      (service, query) => {
        if (service === 'carts') return { data: { cart: { query: { __typename: 'Query' } } } };
        return query.includes('id:1')
          ? { data: { x: { __typename: 'User', id: '1', name: 'Ada' } } }
          : { data: { x: { name: 'Bob' } } };
      },
    );
    expect(data).toEqual({ x: { id: '1', name: 'Ada' }, cart: { query: { x: { name: 'Bob' } } } });
  });

  test('in a list is asked once, answered at each place, and its errors stand at each place', async () => {
    const { data, errors, asked } = await run('{ carts { query { ping } } }', (service) =>
      service === 'carts'
        ? { data: { carts: [{ query: { __typename: 'Query' } }, null, { query: { __typename: 'Query' } }] } }
        : { data: { ping: null }, errors: [{ message: 'no', path: ['ping'], extensions: { code: 'FORBIDDEN' } }] },
    );
    expect(data).toEqual({ carts: [{ query: { ping: null } }, null, { query: { ping: null } }] });
    expect(errors?.map(({ path }) => path)).toEqual([
      ['carts', 0, 'query', 'ping'],
      ['carts', 2, 'query', 'ping'],
    ]);
    expect(asked).toHaveLength(2);
  });
});

describe('a mutation inside the payload of a mutation', () => {
  test('does not run under a parent that is null', async () => {
    const { data, asked } = await run('mutation { open { mutation { rename(name: "x") } } }', () => ({
      data: { open: null },
    }));
    expect(data).toEqual({ open: null });
    expect(asked).toEqual(['carts mutation{open{mutation{__typename}}}']);
  });

  test('runs once for each parent, one after the other', async () => {
    let running = 0;
    const counts: number[] = [];
    const mutation = { __typename: 'Mutation' };
    const send: SendToSubgraph = async ({ service }) => {
      if (service === 'carts')
        return { data: { opens: [{ mutation: { ...mutation } }, { mutation: { ...mutation } }] } };
      counts.push(++running);
      await new Promise((resolve) => setImmediate(resolve));
      return { data: { rename: counts.length }, ...(running-- > 1 && { errors: [] }) };
    };
    const document = parse('mutation { opens { mutation { rename(name: "x") } } }');
    const { data } = await createExecution(sdl, send).execute({ document, variables: {}, caller: anonymous });
    expect(data).toEqual({ opens: [{ mutation: { rename: 1 } }, { mutation: { rename: 2 } }] });
    expect(counts).toEqual([1, 1]);
  });
});
