import { readFileSync } from 'node:fs';
import { Supergraph } from '@apollo/federation-internals';
import { type GraphQLField, type GraphQLObjectType, getNamedType, isLeafType, isObjectType } from 'graphql';
import { parse as parseYaml } from 'yaml';
import { loadSupergraph } from '../../gateway/supergraph/supergraph.ts';
import { until } from '../../shared/testing/harness.ts';
import type { System } from '../system.ts';
import { type Answer, graphForTests } from './graph.ts';

const roles = ['anonymous', 'player', 'self', 'operator', 'service'] as const;
type Role = (typeof roles)[number];

const supergraph = Supergraph.build(loadSupergraph({ file: 'supergraph.yaml' }));
const schema = supergraph.apiSchema().toGraphQLJSSchema();
const policy = parseYaml(readFileSync('policy.yaml', 'utf8')) as Record<string, Record<string, string>>;

/** By subgraph, the entities that it resolves by their id, with its fields of them. */
const entities = [...supergraph.subgraphs()].flatMap((subgraph) =>
  subgraph.schema
    .objectTypes()
    .filter((type) => type.appliedDirectivesOf('key').some((key) => key.arguments()['resolvable'] !== false))
    .map((type) => ({
      subgraph: subgraph.name as keyof System['subgraphs'],
      type: type.name,
      fields: type.fields().map(({ name }) => name),
    })),
);
const roots = [schema.getQueryType()!, schema.getMutationType()!, schema.getSubscriptionType()!];
const guarded = [...roots.map(({ name }) => name), ...new Set(entities.map(({ type }) => type))];

const maySee = (line: string, role: Role) =>
  line === 'everyone' || (line === 'signed in' ? role !== 'anonymous' : line.split(', ').includes(role));

const words = /^(everyone|signed in|(player|self|operator|service)(, (player|self|operator|service))*)$/;
test('every root field and every field of an entity has a line in policy.yaml, and every line has its field', () => {
  const inGraph = guarded.flatMap((type) =>
    Object.keys((schema.getType(type) as GraphQLObjectType).getFields()).map((field) => `${type}.${field}`),
  );
  const inPolicy = Object.entries(policy).flatMap(([type, fields]) =>
    Object.keys(fields).map((one) => `${type}.${one}`),
  );
  expect(inPolicy.sort()).toEqual(inGraph.sort());
  for (const line of Object.values(policy).flatMap((fields) => Object.values(fields))) expect(line).toMatch(words);
});

test('no field is named as if it told a secret, but for the tokens of a session', () => {
  const telling = Object.values(schema.getTypeMap())
    .filter((type): type is GraphQLObjectType => isObjectType(type) && !type.name.startsWith('__'))
    .flatMap((type) => Object.keys(type.getFields()).map((field) => `${type.name}.${field}`))
    .filter((field) => /hash|secret|token|salt|password/i.test(field));
  expect(telling).toEqual(['Mutation.changePassword', 'Session.accessToken', 'Session.refreshToken']);
});

describe('over the whole graph', () => {
  const graph = graphForTests();
  const tokens: Partial<Record<Role, string>> = {};
  const ids: Record<string, string> = {};
  /** An account each time it is asked for, since some fields end sessions. */
  let people = 0;
  const newcomer = async () => {
    const name = `newcomer-${++people}`;
    const { data } = await graph.ask(
      'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken refreshToken user { id } } }',
      { input: { name, password: 'correct horse battery' } },
    );
    return { name, ...(data.signUp as { accessToken: string; refreshToken: string; user: { id: string } }) };
  };

  beforeAll(async () => {
    const [self, another] = [await newcomer(), await newcomer()];
    Object.assign(tokens, {
      self: self.accessToken,
      player: another.accessToken,
      operator: await graph.tokenOf('operator'),
      service: await graph.tokenOf('service'),
    });
    for (const _ of [2, 3]) await graph.tokenOf(self.name, 'correct horse battery');
    const { data } = await until(async () => {
      const answer = await graph.ask(
        '{ me { completions { nodes { id quest { name id rewards { id } } } } } }',
        {},
        tokens.self,
      );
      return answer.data?.me.completions.nodes.length > 0 && answer;
    }, 'a completion');
    const completion = data.me.completions.nodes[0] as { id: string; quest: { id: string; rewards: { id: string }[] } };
    Object.assign(ids, {
      User: self.user.id,
      Completion: completion.id,
      Quest: completion.quest.id,
      Reward: completion.quest.rewards[0]!.id,
      bystander: (await newcomer()).user.id,
    });
  });

  const quest = (name: string) => ({
    name,
    title: name,
    trigger: 'UserSignIn',
    streak: 1000,
    rewards: [{ item: 'GOLD', quantity: 1 }],
  });
  const madeQuest = async () => {
    const made = await graph.ask(
      'mutation ($input: QuestInput!) { createQuest(input: $input) { id } }',
      { input: quest(`made-${++people}`) },
      tokens.operator,
    );
    return made.data.createQuest;
  };
  const credentials = { password: 'correct horse battery' };
  /** Nobody is set up here who could have made it out. */
  const voucher = { provider: 'none', callbackUrl: 'https://game.example/', codeVerifier: '', state: '', nonce: '' };
  /** What each root field is called with, so that only who asks can be a reason to refuse. */
  const inputs: Record<string, () => object | Promise<object>> = {
    user: () => ({ id: ids['User'] }),
    quest: () => ({ id: ids['Quest'] }),
    questByName: () => ({ name: 'sign-in-three-times' }),
    explain: () => ({ userId: ids['User'], questId: ids['Quest'] }),
    signUp: () => ({ input: { name: `up-${++people}`, ...credentials } }),
    signIn: () => ({ input: { name: 'newcomer-1', ...credentials } }),
    signInAsGuest: () => ({ input: { deviceId: `a device of number ${++people}` } }),
    refreshSession: async () => ({ refreshToken: (await newcomer()).refreshToken }),
    changePassword: () => ({ input: { oldPassword: credentials.password, newPassword: 'battery horse correct' } }),
    changeDisplayName: () => ({ displayName: 'Ada 🎯' }),
    changeTimeZone: () => ({ timeZone: 'Europe/Berlin' }),
    upgradeGuest: () => ({ input: { name: `grown-${++people}`, ...credentials } }),
    signInWithProvider: () => ({ input: { voucher } }),
    linkProvider: () => ({ input: voucher }),
    banUser: () => ({ id: ids['bystander'] }),
    unbanUser: () => ({ id: ids['bystander'] }),
    createQuest: () => ({ input: quest(`made-${++people}`) }),
    updateQuest: () => ({ id: ids['Quest'], input: { title: 'Sign in three times' } }),
    archiveQuest: madeQuest,
    restoreQuest: madeQuest,
    importQuests: () => ({ yaml: JSON.stringify([quest('imported')]) }),
    claimReward: () => ({ completionId: ids['Completion'] }),
    replayDeadLetter: () => ({ id: '1' }),
    discardDeadLetter: () => ({ id: '1', reason: 'It is only a test.' }),
    pauseBackfill: () => ({ id: '0' }),
    resumeBackfill: () => ({ id: '0' }),
    stopBackfill: () => ({ id: '0' }),
    previewBackfill: () => ({ questId: 'none' }),
    replayAuthDeadLetter: () => ({ id: '1' }),
    discardAuthDeadLetter: () => ({ id: '1', reason: 'It is only a test.' }),
    grantReward: () => ({
      userId: ids['User'],
      rewards: [{ item: 'GOLD', quantity: 1 }],
      reason: 'It is only a test.',
      idempotencyKey: `k${++people}`,
    }),
    recordEvents: () => ({
      events: [{ id: `e${++people}`, userId: ids['User'], type: 'LevelFinished', occurredAt: new Date() }],
    }),
  };
  /** What those who may are told when there is nothing to do for this caller. */
  const granted: Record<string, string> = {
    upgradeGuest: 'CONFLICT',
    signInWithProvider: 'BAD_USER_INPUT',
    linkProvider: 'BAD_USER_INPUT',
    replayDeadLetter: 'NOT_FOUND',
    discardDeadLetter: 'NOT_FOUND',
    pauseBackfill: 'NOT_FOUND',
    resumeBackfill: 'NOT_FOUND',
    stopBackfill: 'NOT_FOUND',
    previewBackfill: 'NOT_FOUND',
    replayAuthDeadLetter: 'NOT_FOUND',
    discardAuthDeadLetter: 'NOT_FOUND',
  };
  /** What those who may not are told where more would say too much. */
  const refused: Record<string, string> = { claimReward: 'NOT_FOUND' };
  /** For fields that end or change the session that calls them. */
  const wearsOut = ['signOut', 'changePassword'];

  const selection = ({ type }: GraphQLField<unknown, unknown>) =>
    isLeafType(getNamedType(type)) ? '' : '{ __typename }';
  function operation(kind: string, field: GraphQLField<unknown, unknown>, given: object): string {
    const used = field.args.filter(({ name }) => name in given);
    const declared = used.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ');
    const passed = used.map(({ name }) => `${name}: $${name}`).join(', ');
    const inParentheses = (text: string) => (text ? `(${text})` : '');
    return `${kind} ${inParentheses(declared)} { ${field.name} ${inParentheses(passed)} ${selection(field)} }`;
  }

  /** What stands in the way: UNAUTHENTICATED, FORBIDDEN, some other code, or nothing. */
  const codeOf = ({ errors }: Answer) => errors?.[0]?.extensions.code;
  function expectDecision(type: string, field: string, role: Role, code: string | undefined) {
    if (maySee(policy[type]![field]!, role)) expect(code).toBe(granted[field]);
    else if (role === 'anonymous') expect(code).toBe('UNAUTHENTICATED');
    else expect(code).toBe(refused[field] ?? 'FORBIDDEN');
  }

  const operations = [roots[0]!, roots[1]!].flatMap((root) =>
    Object.values(root.getFields()).map((field) => [`${root.name}.${field.name}`, root.name, field] as const),
  );
  test.each(operations)('%s is for whom policy.yaml says', async (_, root, field) => {
    for (const role of roles) {
      const given = (await inputs[field.name]?.()) ?? {};
      const isNew = wearsOut.includes(field.name) && role !== 'anonymous';
      const token = isNew ? (await newcomer()).accessToken : tokens[role];
      const code = codeOf(await graph.ask(operation(root.toLowerCase(), field, given), given, token));
      expectDecision(root, field.name, role, code);
    }
  });

  const streams = Object.keys(roots[2]!.getFields());
  test.each(streams)('Subscription.%s is for whom policy.yaml says', async (field) => {
    for (const role of roles) {
      const live = graph.subscribe(`subscription { ${field} { __typename } }`, tokens[role] ?? '');
      const isIn = await Promise.race([live.opened.then(() => true), live.refused.then(() => false)]);
      expect(isIn).toBe(role !== 'anonymous');
      if (!maySee(policy['Subscription']![field]!, role) && isIn)
        expectDecision('Subscription', field, role, codeOf(await until(() => live.results[0], 'the refusal')));
      await live.end();
    }
  });

  const fields = entities.flatMap(({ subgraph, type, fields }) =>
    fields.map((field) => [`${type}.${field}`, subgraph, type, field] as const),
  );
  test.each(fields)('%s, by reference at %s, is for whom policy.yaml says', async (_, subgraph, type, name) => {
    const field = (schema.getType(type) as GraphQLObjectType).getFields()[name]!;
    const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on ${type} { ${name} ${selection(field)} } } }`;
    for (const role of roles) {
      const answer = await graph.askSubgraph(
        subgraph,
        query,
        { of: [{ __typename: type, id: ids[type] }] },
        tokens[role],
      );
      // The key alone is what the asker knew before.
      if (name === 'id' && codeOf(answer) === undefined) continue;
      expectDecision(type, name, role, codeOf(answer));
    }
  });
});
