import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type IncomingHttpHeaders, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { localCarrier } from '../../../shared/delivery/carrierLocal.ts';
import { event } from '../../../shared/events.ts';
import { until, untilEqual } from '../../../shared/testing/harness.ts';
import { tokenFor } from '../../../shared/testing/tokens.ts';
import { type Sender, defined, openSender, signIn, stageForTests } from './stage.ts';
import { questTerms, revised } from './terms.ts';

const operatorId = randomUUID();
const operator = tokenFor({ id: operatorId, roles: ['OPERATOR'] });
const fields = `id url types enabled disabledFor failingSince lastFault waiting deadLetters previousKeyUntil`;

interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

describe('webhooks', () => {
  const carrier = localCarrier();
  const stage = stageForTests(carrier, { allowPrivate: true, pauses: [20, 20, 20], restMs: 10, everyMs: 20 });
  const received: Received[] = [];
  /** By path, what is answered; 200 unless said. */
  const answers = new Map<string, (request: Received) => number>();
  const target = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      const one = { path: request.url!, headers: request.headers, body };
      received.push(one);
      response.writeHead(answers.get(one.path)?.(one) ?? 200).end();
    });
  });
  let senders: Record<'auth' | 'catalog', Sender>;
  let address: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(target.address() as AddressInfo).port}`;
    senders = { auth: await openSender('auth', carrier), catalog: await openSender('catalog', carrier) };
    await senders.catalog.send(defined(quest));
    await until(() => stage.count('quest').then((n) => n === 1), 'the quest');
  });
  afterAll(async () => {
    for (const sender of Object.values(senders)) await sender.stop();
    target.closeAllConnections();
    await new Promise((resolve) => target.close(resolve));
  });

  const quest = questTerms({ streak: 1, duplication: 100, startsAt: '2026-01-01T00:00:00.000Z' });
  const done = async (query: string, variables: object = {}, token = operator) => {
    const { data, code, message } = await stage.ask(query, variables, token);
    if (code) throw new Error(`${code}: ${message}`);
    return data;
  };
  /** A webhook with a path of its own. */
  const register = async (types: string[]) => {
    const path = `/${randomUUID()}`;
    const { createWebhook } = await done(
      `mutation ($input: WebhookInput!) { createWebhook(input: $input) { signingKey webhook { id } } }`,
      { input: { url: address + path, types } },
    );
    const { id } = createWebhook.webhook as { id: string };
    const at = () => received.filter((one) => one.path === path);
    const webhook = async () =>
      (await done(`{ webhooks { ${fields} } }`)).webhooks.find((one: { id: string }) => one.id === id);
    const remove = () => done('mutation ($id: ID!) { deleteWebhook(id: $id, reason: "it is over") }', { id });
    return { id, path, key: createWebhook.signingKey as string, at, webhook, remove };
  };
  type Registered = Awaited<ReturnType<typeof register>>;
  const verified = (key: string, { body, headers }: Received) =>
    new Webhook(key).verify(body, headers as Record<string, string>) as {
      type: string;
      timestamp: string;
      data: object;
    };
  const deliveries = async ({ id }: Registered, state: string | null = null) =>
    (
      await done(
        `query ($id: ID!, $state: WebhookDeliveryState) { webhookDeliveries(webhookId: $id, state: $state, first: 100) {
           nodes { id eventId type state attempts status fault body user { id } nextTryAt triedAt } } }`,
        { id, state },
      )
    ).webhookDeliveries.nodes;
  const completionsOf = (hook: Registered, userId: string) =>
    hook.at().filter(({ body }) => JSON.parse(body).data.userId === userId);
  const numbersOf = (hook: Registered, userId: string): number[] =>
    completionsOf(hook, userId).map(({ body }) => JSON.parse(body).data.number);

  test('tell of completions, claims, publications and deletions, each signed as Standard Webhooks wants it', async () => {
    const hook = await register(['QUEST_COMPLETED', 'REWARD_CLAIMED', 'QUEST_PUBLISHED', 'USER_DELETED']);
    const userId = randomUUID();
    const published = defined(revised(quest, { name: 'another-name' }));
    await senders.catalog.send(published);
    await until(() => hook.at().length === 1, 'the publication');
    await senders.auth.send(signIn(userId));
    await until(() => hook.at().length === 2, 'the completion');
    await done('mutation { claimAllRewards { id } }', {}, tokenFor({ id: userId }));
    await until(() => hook.at().length === 3, 'the claim');
    const deleted = event('UserDeleted', { id: randomUUID(), source: 'auth', userId, occurredAt: new Date() }, {});
    await senders.auth.send(deleted);
    await until(() => hook.at().length === 4, 'the deletion');

    const told = hook.at().map((one) => verified(hook.key, one));
    const [completion] = await stage.query<{ id: string }>('select id from completion where quest_id = $1', [
      quest.questId,
    ]);
    const at = { questId: quest.questId, questVersion: 2, number: 1, autoClaimed: false, completionId: completion!.id };
    const { questId, startsAt } = quest;
    expect(told).toEqual([
      {
        type: 'quest.published',
        timestamp: published.occurredAt,
        data: { questId, name: 'another-name', version: 2, startsAt, endsAt: null, archivedAt: null },
      },
      { type: 'quest.completed', timestamp: expect.any(String), data: { userId, ...at } },
      {
        type: 'reward.claimed',
        timestamp: expect.any(String),
        data: { userId, questId, completionId: completion!.id },
      },
      { type: 'user.deleted', timestamp: deleted.occurredAt, data: { userId } },
    ]);
    const page = readFileSync(join(import.meta.dirname, '../../../docs/webhooks.md'), 'utf8');
    const shown = JSON.parse(/^```json\n([^]*?)^```$/m.exec(page)![1]!) as (typeof told)[number];
    expect([told[2]!.type, Object.keys(told[2]!), Object.keys(told[2]!.data)]).toEqual([
      shown.type,
      Object.keys(shown),
      Object.keys(shown.data),
    ]);
    expect(hook.at()[3]!.headers['webhook-id']).toBe(deleted.id);
    expect(hook.at()[0]!.headers).toMatchObject({ 'content-type': 'application/json' });
    // Of a player who was deleted, only that is kept.
    await untilEqual(
      async () => (await deliveries(hook)).map(({ type, state }: { type: string; state: string }) => [type, state]),
      [
        ['USER_DELETED', 'DELIVERED'],
        ['QUEST_PUBLISHED', 'DELIVERED'],
      ],
      'the history',
    );
    await hook.remove();
  });

  test('tell nobody of other types, of what was before, and after they were deleted', async () => {
    const [before, during, after] = [randomUUID(), randomUUID(), randomUUID()];
    const completed = (userId: string) =>
      until(async () => (await stage.count('completion where user_id = $1', [userId])) === 1, 'the completion');
    await senders.auth.send(signIn(before));
    await completed(before);
    const [claims, completions] = [await register(['REWARD_CLAIMED']), await register(['QUEST_COMPLETED'])];
    await senders.auth.send(signIn(during));
    await until(() => completions.at().length > 0, 'the completion');
    await completions.remove();
    await senders.auth.send(signIn(after));
    await completed(after);
    await done('mutation { claimAllRewards { id } }', {}, tokenFor({ id: after }));
    await until(() => claims.at().length > 0, 'the claim');
    expect(completions.at().map((one) => verified(completions.key, one).data)).toMatchObject([{ userId: during }]);
    expect(claims.at().map((one) => verified(claims.key, one).data)).toMatchObject([{ userId: after }]);
    expect(await stage.count('webhook_delivery where webhook_id = $1', [completions.id])).toBe(0);
    await claims.remove();
  });

  test('keep a player’s order while a target fails, with the same webhook-id each time, and hold up nobody else', async () => {
    const hook = await register(['QUEST_COMPLETED']);
    const [unlucky, lucky] = [randomUUID(), randomUUID()];
    let failures = 0;
    answers.set(hook.path, ({ body }) =>
      JSON.parse(body).data.userId === unlucky && failures < 2 ? (failures++, 500 + failures) : 204,
    );
    await senders.auth.send(
      ...[1, 2, 3].map((day) => signIn(unlucky, new Date(`2026-11-2${day}T12:00:00Z`))),
      signIn(lucky),
    );
    const numbers = () => [unlucky, lucky].map((userId) => numbersOf(hook, userId));
    await untilEqual(numbers, [[1, 1, 1, 2, 3], [1]], 'all in their order');
    const ids = completionsOf(hook, unlucky).map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids.slice(0, 3)).size).toBe(1);
    expect(new Set(ids).size).toBe(3);
    for (const one of hook.at()) verified(hook.key, one);
    await untilEqual(
      async () => (await deliveries(hook)).map(({ state }: { state: string }) => state),
      ['DELIVERED', 'DELIVERED', 'DELIVERED', 'DELIVERED'],
      'all to be noted',
    );
    const first = (await deliveries(hook)).find(({ attempts }: { attempts: number }) => attempts > 1);
    expect(first).toMatchObject({ attempts: 3, status: 204, fault: null, user: { id: unlucky } });
    await hook.remove();
  });

  test('give a delivery up after its last attempt, and send it again when an operator says so', async () => {
    const hook = await register(['QUEST_COMPLETED']);
    const userId = randomUUID();
    let isBroken = true;
    answers.set(hook.path, () => (isBroken ? 503 : 200));
    await senders.auth.send(signIn(userId));
    await until(async () => (await hook.webhook()).deadLetters === 1, 'a dead letter');
    const dead = await deliveries(hook, 'DEAD');
    expect(dead).toMatchObject([{ attempts: 4, status: 503, fault: 'The target answered 503.', nextTryAt: null }]);
    expect(await hook.webhook()).toMatchObject({ enabled: true, waiting: 0, lastFault: 'The target answered 503.' });
    isBroken = false;
    await senders.auth.send(signIn(userId, new Date('2026-11-22T12:00:00Z')));
    await until(() => numbersOf(hook, userId).includes(2), 'the next one to pass the dead letter');
    const resend = 'mutation ($id: ID!, $ids: [ID!]) { resendWebhookDeliveries(webhookId: $id, ids: $ids) }';
    const resent = async (ids: string[] | null) => (await done(resend, { id: hook.id, ids })).resendWebhookDeliveries;
    expect(await resent(['0', 'none'])).toBe(0);
    expect(await resent([dead[0].id])).toBe(1);
    await until(() => numbersOf(hook, userId).at(-1) === 1, 'it to come again');
    expect(new Set(completionsOf(hook, userId).map(({ headers }) => headers['webhook-id'])).size).toBe(2);
    await untilEqual(async () => (await hook.webhook()).lastFault, null, 'the recovery to be noted');
    expect(await resent(null)).toBe(0);
    await hook.remove();
  });

  test('sign by both keys while one is rotated, and by the new one alone when there is no overlap', async () => {
    const hook = await register(['QUEST_COMPLETED']);
    const rotate = async (overlapHours: number) => {
      const query = `mutation ($id: ID!, $overlapHours: Int) { rotateWebhookKey(id: $id, overlapHours: $overlapHours) { signingKey webhook { previousKeyUntil } } }`;
      const { rotateWebhookKey } = await done(query, { id: hook.id, overlapHours });
      return rotateWebhookKey as { signingKey: string; webhook: { previousKeyUntil: string | null } };
    };
    const next = async () => {
      const userId = randomUUID();
      await senders.auth.send(signIn(userId));
      return until(() => completionsOf(hook, userId)[0], 'the delivery');
    };
    const second = await rotate(24);
    expect(Date.parse(second.webhook.previousKeyUntil!)).toBeGreaterThan(Date.now() + 23 * 3_600_000);
    const both = await next();
    for (const key of [hook.key, second.signingKey]) expect(verified(key, both).type).toBe('quest.completed');
    const third = await rotate(0);
    expect(third.webhook.previousKeyUntil).toBeNull();
    const alone = await next();
    expect(verified(third.signingKey, alone).type).toBe('quest.completed');
    for (const key of [hook.key, second.signingKey])
      expect(() => verified(key, alone)).toThrow('No matching signature');
    await hook.remove();
  });

  test('wait while they are disabled, also by a target that says it is gone, and go on when they are enabled', async () => {
    const hook = await register(['QUEST_COMPLETED']);
    const [first, meanwhile, last] = [randomUUID(), randomUUID(), randomUUID()];
    answers.set(hook.path, () => 410);
    await senders.auth.send(signIn(first));
    await until(async () => (await hook.webhook()).disabledFor === 'GONE', 'the end');
    expect(await hook.webhook()).toMatchObject({
      enabled: false,
      waiting: 1,
      lastFault: expect.stringContaining('410'),
    });
    await senders.auth.send(signIn(meanwhile));
    await until(async () => (await stage.count('completion where user_id = $1', [meanwhile])) === 1, 'the completion');
    answers.delete(hook.path);
    const update = `mutation ($id: ID!, $input: WebhookChanges!) { updateWebhook(id: $id, input: $input, reason: "we looked") { enabled disabledFor failingSince } }`;
    const updated = async (input: object) => (await done(update, { id: hook.id, input })).updateWebhook;
    expect(await updated({ enabled: true })).toEqual({ enabled: true, disabledFor: null, failingSince: null });
    await senders.auth.send(signIn(last));
    await until(() => hook.at().filter(({ body }) => body.includes(last)).length === 1, 'what came after it');
    await until(() => completionsOf(hook, first).length === 2, 'what has waited');
    expect(completionsOf(hook, meanwhile)).toEqual([]);
    expect(await updated({ enabled: false })).toMatchObject({ enabled: false, disabledFor: 'OPERATOR' });
    await hook.remove();
  });

  test('are disabled when nothing has succeeded for five days', async () => {
    const hook = await register(['QUEST_COMPLETED']);
    answers.set(hook.path, () => 500);
    await stage.query(`update webhook set failing_since = now() - interval '5 days 1 minute' where id = $1`, [hook.id]);
    await senders.auth.send(signIn(randomUUID()));
    await until(async () => (await hook.webhook()).disabledFor === 'FAILING', 'the end');
    await hook.remove();
  });

  test('lose nothing when the process restarts, and nobody’s name travels', async () => {
    const hook = await register(['QUEST_COMPLETED']);
    const users = Array.from({ length: 30 }, () => randomUUID());
    answers.set(hook.path, () => (received.length % 3 === 0 ? 500 : 200));
    await senders.auth.send(
      ...users.flatMap((userId) => [signIn(userId), signIn(userId, new Date('2026-11-22T12:00:00Z'))]),
    );
    await until(() => hook.at().length > 3, 'the first ones');
    await stage.restart();
    await until(() => users.every((userId) => numbersOf(hook, userId).at(-1) === 2), 'all of them');
    for (const userId of users) {
      const numbers = numbersOf(hook, userId);
      expect(new Set(numbers)).toEqual(new Set([1, 2]));
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    }
    await hook.remove();
  });

  test.each<[string, object, string]>([
    ['a URL that is none', { url: 'nowhere', types: ['USER_DELETED'] }, 'no URL'],
    ['no type', { url: 'https://hooks.example/', types: [] }, 'at least one type'],
    ['two lines', { url: 'https://hooks.example/', types: ['USER_DELETED'], description: 'a\nb' }, 'description takes'],
  ])('are refused with %s', async (_, input, sentence) => {
    const create = 'mutation ($input: WebhookInput!) { createWebhook(input: $input) { signingKey } }';
    expect(await stage.ask(create, { input }, operator)).toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining(sentence),
    });
    const id = randomUUID();
    const update = 'mutation ($id: ID!, $input: WebhookChanges!) { updateWebhook(id: $id, input: $input) { id } }';
    expect((await stage.ask(update, { id, input }, operator)).code).toBe('NOT_FOUND');
    expect((await stage.ask('{ webhookDeliveries(webhookId: "none") { nodes { id } } }', {}, operator)).code).toBe(
      'NOT_FOUND',
    );
  });

  test('leave no key in the audit log, and say there what was changed', async () => {
    const hook = await register(['QUEST_COMPLETED']);
    await hook.remove();
    // Nobody reads progress's outbox here.
    const told = await stage.query<{ envelope: string }>('select envelope from outbox');
    const entries = told
      .map(({ envelope }) => JSON.parse(envelope))
      .filter(({ type, data }) => type === 'OperatorActed' && data.targetId === hook.id);
    expect(entries.map(({ data }) => [data.action, data.actorId, data.reason])).toEqual([
      ['CREATE_WEBHOOK', operatorId, null],
      ['DELETE_WEBHOOK', operatorId, 'it is over'],
    ]);
    expect(entries[0].data.changes).toContainEqual({ field: 'types', before: null, after: 'quest.completed' });
    expect(JSON.stringify(told)).not.toContain('whsec_');
  });
});
