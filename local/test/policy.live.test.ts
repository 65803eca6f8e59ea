import { type GraphQLObjectType, isObjectType, isRequiredArgument } from 'graphql';
import { until } from '../../shared/testing/harness.ts';
import { type Answer, graphForTests } from './graph.ts';
import {
  type Role,
  entityQuery,
  linesOf,
  maySee,
  operation,
  readGraph,
  readPolicies,
  roles,
  words,
} from './policyTable.ts';

const { schema, roots, entities, fieldsOf, guarded } = readGraph('supergraph.yaml');
const policy = readPolicies('policy.yaml');

test('every root field and every field of an entity has a line in policy.yaml, and every line has its field', () => {
  expect(linesOf(policy).sort()).toEqual(guarded.sort());
  for (const line of Object.values(policy).flatMap((fields) => Object.values(fields))) expect(line).toMatch(words);
});

test('no field is named as if it told a secret, but for the tokens of a session', () => {
  const telling = Object.values(schema.getTypeMap())
    .filter((type): type is GraphQLObjectType => isObjectType(type) && !type.name.startsWith('__'))
    .flatMap((type) => Object.keys(type.getFields()).map((field) => `${type.name}.${field}`))
    .filter((field) => /hash|secret|token|salt|password/i.test(field));
  expect(telling).toEqual(['Mutation.changePassword', 'Session.accessToken', 'Session.refreshToken']);
});

/** What stands in the way: UNAUTHENTICATED, FORBIDDEN, some other code, or nothing. */
const codeOf = ({ errors }: Answer) => errors?.[0]?.extensions.code;

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
    deleteAccount: () => ({ password: credentials.password }),
    deleteUser: async () => ({ id: (await newcomer()).user.id }),
    exportUser: () => ({ id: ids['User'] }),
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
    pauseQuest: () => ({ questId: 'none', reason: 'It is only a test.' }),
    pauseQuests: () => ({ userId: 'none', reason: 'It is only a test.' }),
    endPause: () => ({ id: 'none' }),
    compensate: () => ({
      from: '2026-01-02T00:00:00.000Z',
      to: '2026-01-01T00:00:00.000Z',
      reason: 'It is only a test.',
      idempotencyKey: 'k',
    }),
    webhookDeliveries: () => ({ webhookId: 'none' }),
    createWebhook: () => ({ input: { url: 'none', types: ['USER_DELETED'] } }),
    updateWebhook: () => ({ id: 'none', input: {} }),
    rotateWebhookKey: () => ({ id: 'none' }),
    deleteWebhook: () => ({ id: 'none', reason: 'It is only a test.' }),
    resendWebhookDeliveries: () => ({ webhookId: 'none' }),
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
    pauseQuest: 'NOT_FOUND',
    pauseQuests: 'NOT_FOUND',
    endPause: 'NOT_FOUND',
    compensate: 'BAD_USER_INPUT',
    webhookDeliveries: 'NOT_FOUND',
    createWebhook: 'BAD_USER_INPUT',
    updateWebhook: 'NOT_FOUND',
    rotateWebhookKey: 'NOT_FOUND',
    deleteWebhook: 'NOT_FOUND',
    resendWebhookDeliveries: 'NOT_FOUND',
    replayAuthDeadLetter: 'NOT_FOUND',
    discardAuthDeadLetter: 'NOT_FOUND',
  };
  /** What those who may not are told where more would say too much. */
  const refused: Record<string, string> = { claimReward: 'NOT_FOUND' };
  /** For fields that end or change the session that calls them. */
  const wearsOut = ['signOut', 'changePassword', 'deleteAccount'];

  function expectDecision(type: string, field: string, role: Role, code: string | undefined) {
    if (maySee(policy[type]![field]!, role)) expect(code).toBe(granted[field]);
    else if (role === 'anonymous') expect(code).toBe('UNAUTHENTICATED');
    else expect(code).toBe(refused[field] ?? 'FORBIDDEN');
  }

  const operations = [roots[0], roots[1]].flatMap((root) =>
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

  const streams = Object.keys(roots[2].getFields());
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
    const query = entityQuery(type, fieldsOf(type)[name]!);
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

describe('with PUBLIC_CATALOG', () => {
  const graph = graphForTests(undefined, 'everyone');
  const isOpen = (line: string) => line === 'everyone' || line === 'signed in unless PUBLIC_CATALOG';

  test('whoever has no token reads what the setting opens, and nothing else', async () => {
    const name = 'sign-in-three-times';
    const { id } = (await graph.ask('query ($name: String!) { questByName(name: $name) { id } }', { name })).data
      .questByName as { id: string };
    const given: Record<string, object> = { quest: { id }, questByName: { name } };
    for (const field of Object.values(roots[0].getFields())) {
      const variables = given[field.name] ?? {};
      if (field.args.some((one) => isRequiredArgument(one) && !(one.name in variables))) continue;
      const code = codeOf(await graph.ask(operation('query', field, variables), variables));
      expect([field.name, code]).toEqual([
        field.name,
        isOpen(policy['Query']![field.name]!) ? undefined : 'UNAUTHENTICATED',
      ]);
    }
    const hidden = '{ quests(filter: { includeArchived: true }) { nodes { id } } }';
    expect(codeOf(await graph.ask(hidden))).toBe('UNAUTHENTICATED');
  });
});
