import { parse } from 'graphql';
import { createExecution } from '../../execution/compiled.ts';
import { anonymous } from './comparison.ts';
import { fakeSubgraphs } from './fakeSubgraphs.ts';
import { fairWeather } from './world.ts';
import { compose } from './supergraphs/compose.ts';

describe('a subscription', () => {
  const subgraphs = {
    quests: `type Query { q: Int } type Subscription { completed(after: String): Completion! } type Completion { cursor: String! user: User! } type User @key(fields: "id") { id: ID! }`,
    users: `type User @key(fields: "id") { id: ID! name: String! }`,
  };
  const { send } = fakeSubgraphs(subgraphs)(fairWeather);
  const plan = createExecution(compose(subgraphs), send).planSubscription({
    document: parse('subscription ($after: String) { done: completed(after: $after) { cursor user { name } } }'),
    variables: { after: '7' },
    caller: anonymous,
  });

  test('is one stream of one subgraph', () => {
    expect(plan).toMatchObject({ service: 'quests', url: 'http://quests', variables: { after: '7' } });
    expect(plan.rootField).toEqual({ name: 'completed', responseKey: 'done', args: { after: '7' } });
  });

  test('completes its events side by side from the other subgraphs, and leaves them as they came', async () => {
    const event = { data: { done: { cursor: '8', user: { __typename: 'User', id: 'n1' } } } };
    const before = structuredClone(event);
    const [one, two] = await Promise.all([plan.complete(event), plan.complete(event)]);
    expect(JSON.parse(one.data)).toEqual({ done: { cursor: '8', user: { name: expect.any(String) } } });
    expect(two).toEqual(one);
    expect(event).toEqual(before);
  });

  test('hands on the errors of an event', async () => {
    const failed = {
      data: null,
      errors: [{ message: 'gone', path: ['done'], extensions: { code: 'SUBSCRIPTION_ENDED' } }],
    };
    const { data, errors } = await plan.complete(failed);
    expect([data, errors?.map(({ path, extensions }) => [path, extensions['code']])]).toEqual([
      'null',
      [[['done'], 'SUBSCRIPTION_ENDED']],
    ]);
  });
});
