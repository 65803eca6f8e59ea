import { randomUUID } from 'node:crypto';
import { until } from '../../shared/testing/harness.ts';
import { graphForTests } from './graph.ts';

interface Entry {
  id: string;
  occurredAt: string;
  actor: { id: string; name: string };
  action: string;
  targetId: string | null;
  targetName: string | null;
  reason: string | null;
  changes: { field: string; before: string | null; after: string | null }[];
  outcome: string;
}

const graph = graphForTests();
let operator: string;
beforeAll(async () => {
  operator = await graph.tokenOf('operator');
});

const newcomer = async () => {
  const name = `n${randomUUID().slice(0, 12)}`;
  const query = 'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken user { id name } } }';
  const { data } = await graph.ask(query, { input: { name, password: 'correct horse battery' } });
  return { ...data.signUp.user, token: data.signUp.accessToken } as { id: string; name: string; token: string };
};
const done = async (query: string, variables: object = {}, token = operator) => {
  const { data, errors } = await graph.ask(query, variables, token);
  if (errors) throw new Error(`${errors[0]!.extensions.code} ${errors[0]!.message}`);
  return data;
};
const log = async (args = ''): Promise<Entry[]> =>
  (
    await done(`{ auditLog(first: 100${args}) { nodes { id occurredAt actor { id name } action targetId targetName
      reason changes { field before after } outcome } } }`)
  ).auditLog.nodes;
const entries = (count: number, args = '') =>
  until(async () => {
    const found = await log(args);
    return found.length >= count && found;
  }, `${count} entries in the audit log`);
const quest = (name: string) => ({
  name,
  title: 'A quest',
  trigger: 'MatchWon',
  streak: 2,
  rewards: [{ item: 'GOLD', quantity: 5 }],
});

test('what operators do in any subgraph is on the one record, once, with who, why, and what changed', async () => {
  const player = await newcomer();
  const name = `q-${randomUUID().slice(0, 8)}`;
  const { createQuest } = await done(
    'mutation ($input: QuestInput!) { createQuest(input: $input, reason: "for autumn") { id } }',
    { input: quest(name) },
  );
  const { id } = createQuest;
  await done('mutation ($id: ID!) { updateQuest(id: $id, input: { streak: 3 }, reason: " too easy ") { id } }', { id });
  await done('mutation ($id: ID!) { updateQuest(id: $id, input: { streak: 3 }, reason: "nothing new") { id } }', {
    id,
  });
  await done('mutation ($id: ID!) { archiveQuest(id: $id) { id } }', { id });
  const yaml = `- { name: ${name}-b, title: B, trigger: MatchWon, streak: 1, rewards: [{ item: GOLD, quantity: 1 }] }`;
  await done('mutation ($yaml: String!) { importQuests(yaml: $yaml, dryRun: true) { name } }', { yaml });
  await done('mutation ($yaml: String!) { importQuests(yaml: $yaml, reason: "from the wiki") { name } }', { yaml });
  await done('mutation ($yaml: String!) { importQuests(yaml: $yaml, reason: "once more") { name } }', { yaml });
  await done('mutation ($id: ID!) { banUser(id: $id, reason: "cheats") { id } }', { id: player.id });
  await done('mutation ($id: ID!) { unbanUser(id: $id, reason: "does not") { id } }', { id: player.id });
  const grant = `mutation ($userId: ID!) { grantReward(userId: $userId, reason: "sorry", idempotencyKey: "one",
    rewards: [{ item: "GOLD", quantity: 7 }]) { id } }`;
  await until(() => done(grant, { userId: player.id }).catch(() => false), 'progress to know the player');
  await done(grant, { userId: player.id });

  const kept = await entries(7);
  const me = (await done('{ me { id name } }')).me;
  expect(kept.every(({ actor }) => actor.id === me.id && actor.name === 'operator')).toBe(true);
  const told = kept.map(({ id: _, occurredAt: __, actor: ___, ...rest }) => rest);
  expect(told).toHaveLength(7);
  expect(told).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ action: 'CREATE_QUEST', targetId: id, targetName: name, reason: 'for autumn' }),
      {
        action: 'UPDATE_QUEST',
        targetId: id,
        targetName: name,
        reason: 'too easy',
        changes: [{ field: 'streak', before: '2', after: '3' }],
        outcome: 'DONE',
      },
      expect.objectContaining({
        action: 'ARCHIVE_QUEST',
        reason: null,
        changes: [
          { field: 'archivedAt', before: null, after: expect.any(String) },
          { field: 'onArchive', before: null, after: 'STOP' },
        ],
      }),
      {
        action: 'IMPORT_QUESTS',
        targetId: null,
        targetName: null,
        reason: 'from the wiki',
        changes: [{ field: `${name}-b`, before: null, after: 'version 1' }],
        outcome: 'DONE',
      },
      {
        action: 'BAN_USER',
        targetId: player.id,
        targetName: player.name,
        reason: 'cheats',
        changes: [{ field: 'status', before: 'ACTIVE', after: 'BANNED' }],
        outcome: 'DONE',
      },
      expect.objectContaining({ action: 'UNBAN_USER', reason: 'does not' }),
      {
        action: 'GRANT_REWARD',
        targetId: player.id,
        targetName: player.name,
        reason: 'sorry',
        changes: [{ field: 'GOLD', before: '0', after: '7' }],
        outcome: 'DONE',
      },
    ]),
  );
  expect(await entries(1, `, action: "BAN_USER"`)).toHaveLength(1);
  expect(await entries(7, `, actorId: "${me.id}"`)).toHaveLength(7);
  expect(await log(`, actorId: "${player.id}"`)).toEqual([]);
  expect(await log(', action: "banned"')).toEqual([]);
  expect(await log(', actorId: "nobody"')).toEqual([]);
});

test.each([
  ['CREATE_QUEST', 'mutation ($input: QuestInput!) { createQuest(input: $input) { id } }', { input: quest('mine') }],
  ['UPDATE_QUEST', 'mutation { updateQuest(id: "a \\u0000 quest", input: {}) { id } }', {}],
  ['ARCHIVE_QUEST', 'mutation { archiveQuest(id: "1") { id } }', {}],
  ['RESTORE_QUEST', 'mutation { restoreQuest(id: "1") { id } }', {}],
  ['IMPORT_QUESTS', 'mutation { importQuests(yaml: "[]") { name } }', {}],
  ['BAN_USER', 'mutation { banUser(id: "a \\u0000 user") { id } }', {}],
  [
    'GRANT_REWARD',
    'mutation { grantReward(userId: "me", rewards: [{ item: "GOLD", quantity: 1 }], reason: "x", idempotencyKey: "x") { id } }',
    {},
  ],
  ['PAUSE_QUEST', 'mutation { pauseQuest(questId: "1", reason: "x") { id } }', {}],
  ['PAUSE_QUESTS', 'mutation { pauseQuests(reason: "x") { id } }', {}],
  ['END_PAUSE', 'mutation { endPause(id: "1") { id } }', {}],
  [
    'COMPENSATE',
    `mutation { compensate(from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z", reason: "x", dryRun: false, idempotencyKey: "x") { id } }`,
    {},
  ],
  ['CREATE_WEBHOOK', 'mutation { createWebhook(input: { url: "x", types: [USER_DELETED] }) { signingKey } }', {}],
  ['UPDATE_WEBHOOK', 'mutation { updateWebhook(id: "1", input: { enabled: false }) { id } }', {}],
  ['ROTATE_WEBHOOK_KEY', 'mutation { rotateWebhookKey(id: "1") { signingKey } }', {}],
  ['DELETE_WEBHOOK', 'mutation { deleteWebhook(id: "1", reason: "x") }', {}],
  ['RESEND_WEBHOOK_DELIVERIES', 'mutation { resendWebhookDeliveries(webhookId: "1") }', {}],
  ['REPLAY_DEAD_LETTER', 'mutation { replayDeadLetter(id: "1") }', {}],
  ['DISCARD_DEAD_LETTER', 'mutation { discardDeadLetter(id: "1", reason: "x") }', {}],
  ['REPLAY_AUTH_DEAD_LETTER', 'mutation { replayAuthDeadLetter(id: "1") }', {}],
  ['DISCARD_AUTH_DEAD_LETTER', 'mutation { discardAuthDeadLetter(id: "1", reason: "x") }', {}],
])('a player who tries %s is refused, and that is on record', async (action, query, variables) => {
  const player = await newcomer();
  const { errors } = await graph.ask(query, variables, player.token);
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
  expect(await entries(1, `, actorId: "${player.id}"`)).toMatchObject([
    { action, outcome: 'REFUSED', actor: { name: player.name }, reason: null, changes: [] },
  ]);
});

test('nobody can flood the record: of thirty tries twenty are kept, and nobody anonymous leaves any', async () => {
  const player = await newcomer();
  const archive = 'mutation { archiveQuest(id: "1") { id } }';
  for (let n = 0; n < 30; n++) await graph.ask(archive, {}, player.token);
  await graph.ask(archive);
  const input = quest(`after-${randomUUID().slice(0, 8)}`);
  await done('mutation ($input: QuestInput!) { createQuest(input: $input) { id } }', { input });
  await until(async () => (await log())[0]?.targetName === input.name, 'what came after it');
  expect(await log(`, actorId: "${player.id}"`)).toHaveLength(20);
  expect((await log(', action: "ARCHIVE_QUEST"')).filter(({ actor }) => actor === null)).toEqual([]);
});

test('pages follow one another without a gap', async () => {
  const all = (await log()).map(({ id }) => id);
  const seen: string[] = [];
  for (let after: string | null = null, more = true; more;) {
    const { auditLog } = await done(
      'query ($after: String) { auditLog(first: 4, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }',
      { after },
    );
    seen.push(...auditLog.nodes.map(({ id }: { id: string }) => id));
    ({ hasNextPage: more, endCursor: after } = auditLog.pageInfo);
  }
  expect(seen).toEqual(all);
});

test.each(['', ' ', 'two\nlines', 'x'.repeat(201), 'half \ud800'])('%j is no reason', async (reason) => {
  const calls = [
    [
      'mutation ($reason: String, $input: QuestInput!) { createQuest(input: $input, reason: $reason) { id } }',
      { input: quest('unreasoned') },
    ],
    ['mutation ($reason: String) { banUser(id: "1", reason: $reason) { id } }', {}],
    [
      'mutation ($reason: String!) { grantReward(userId: "1", rewards: [{ item: "GOLD", quantity: 1 }], reason: $reason, idempotencyKey: "k") { id } }',
      {},
    ],
  ] as const;
  for (const [query, variables] of calls) {
    const { errors } = await graph.ask(query, { ...variables, reason }, operator);
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
    expect(errors![0]!.message).toContain('1 to 200 characters');
  }
});

test('what is on record survives a restart, and what was on its way there arrives once', async () => {
  const input = quest(`before-${randomUUID().slice(0, 8)}`);
  await done('mutation ($input: QuestInput!) { createQuest(input: $input) { id } }', { input });
  const before = (await log()).filter(({ targetName }) => targetName !== input.name);
  await graph.restart();
  operator = await graph.tokenOf('operator');
  await until(async () => (await log())[0]?.targetName === input.name, 'the last audit entry to arrive');
  expect((await log()).slice(1)).toEqual(before);
});
