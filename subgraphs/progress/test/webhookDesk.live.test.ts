import { randomUUID } from 'node:crypto';
import { until } from '../../../shared/testing/harness.ts';
import { signIn } from './stage.ts';
import { operator, operatorId, webhookStage } from './webhookStage.ts';

describe('webhooks', () => {
  const { stage, answers, send, done, register, verified, completionsOf } = webhookStage();

  test('sign by both keys while one is rotated, and by the new one alone when there is no overlap', async () => {
    const hook = await register(['QUEST_COMPLETED']);
    const rotate = async (overlapHours: number) => {
      const query = `mutation ($id: ID!, $overlapHours: Int) { rotateWebhookKey(id: $id, overlapHours: $overlapHours) { signingKey webhook { previousKeyUntil } } }`;
      const { rotateWebhookKey } = await done(query, { id: hook.id, overlapHours });
      return rotateWebhookKey as { signingKey: string; webhook: { previousKeyUntil: string | null } };
    };
    const next = async () => {
      const userId = randomUUID();
      await send.auth(signIn(userId));
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
    await send.auth(signIn(first));
    await until(async () => (await hook.webhook()).disabledFor === 'GONE', 'the end');
    expect(await hook.webhook()).toMatchObject({
      enabled: false,
      waiting: 1,
      lastFault: expect.stringContaining('410'),
    });
    await send.auth(signIn(meanwhile));
    await until(async () => (await stage.count('completion where user_id = $1', [meanwhile])) === 1, 'the completion');
    answers.delete(hook.path);
    const update = `mutation ($id: ID!, $input: WebhookChanges!) { updateWebhook(id: $id, input: $input, reason: "we looked") { enabled disabledFor failingSince } }`;
    const updated = async (input: object) => (await done(update, { id: hook.id, input })).updateWebhook;
    expect(await updated({ enabled: true })).toEqual({ enabled: true, disabledFor: null, failingSince: null });
    await send.auth(signIn(last));
    await until(() => hook.at().filter(({ body }) => body.includes(last)).length === 1, 'what came after it');
    await until(() => completionsOf(hook, first).length === 2, 'what has waited');
    expect(completionsOf(hook, meanwhile)).toEqual([]);
    expect(await updated({ enabled: false })).toMatchObject({ enabled: false, disabledFor: 'OPERATOR' });
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
