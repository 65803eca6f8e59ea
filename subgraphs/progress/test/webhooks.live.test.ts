import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { event } from '../../../shared/events.ts';
import { until, untilEqual } from '../../../shared/testing/harness.ts';
import { tokenFor } from '../../../shared/testing/tokens.ts';
import { defined, signIn } from './stage.ts';
import { revised } from './terms.ts';
import { webhookStage } from './webhookStage.ts';

describe('webhooks', () => {
  const { stage, received, answers, quest, send, done, register, verified, deliveries, completionsOf, numbersOf } =
    webhookStage();

  test('tell of completions, claims, publications and deletions, each signed as Standard Webhooks wants it', async () => {
    const hook = await register(['QUEST_COMPLETED', 'REWARD_CLAIMED', 'QUEST_PUBLISHED', 'USER_DELETED']);
    const userId = randomUUID();
    const published = defined(revised(quest, { name: 'another-name' }));
    await send.catalog(published);
    await until(() => hook.at().length === 1, 'the publication');
    await send.auth(signIn(userId));
    await until(() => hook.at().length === 2, 'the completion');
    await done('mutation { claimAllRewards { id } }', {}, tokenFor({ id: userId }));
    await until(() => hook.at().length === 3, 'the claim');
    const deleted = event('UserDeleted', { id: randomUUID(), source: 'auth', userId, occurredAt: new Date() }, {});
    await send.auth(deleted);
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
    await send.auth(signIn(before));
    await completed(before);
    const [claims, completions] = [await register(['REWARD_CLAIMED']), await register(['QUEST_COMPLETED'])];
    await send.auth(signIn(during));
    await until(() => completions.at().length > 0, 'the completion');
    await completions.remove();
    await send.auth(signIn(after));
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
    await send.auth(...[1, 2, 3].map((day) => signIn(unlucky, new Date(`2026-11-2${day}T12:00:00Z`))), signIn(lucky));
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
    await send.auth(signIn(userId));
    await until(async () => (await hook.webhook()).deadLetters === 1, 'a dead letter');
    const dead = await deliveries(hook, 'DEAD');
    expect(dead).toMatchObject([{ attempts: 4, status: 503, fault: 'The target answered 503.', nextTryAt: null }]);
    expect(await hook.webhook()).toMatchObject({ enabled: true, waiting: 0, lastFault: 'The target answered 503.' });
    isBroken = false;
    await send.auth(signIn(userId, new Date('2026-11-22T12:00:00Z')));
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

  test('are disabled when nothing has succeeded for five days', async () => {
    const hook = await register(['QUEST_COMPLETED']);
    answers.set(hook.path, () => 500);
    await stage.query(`update webhook set failing_since = now() - interval '5 days 1 minute' where id = $1`, [hook.id]);
    await send.auth(signIn(randomUUID()));
    await until(async () => (await hook.webhook()).disabledFor === 'FAILING', 'the end');
    await hook.remove();
  });

  test('lose nothing when the process restarts, and nobody’s name travels', async () => {
    const hook = await register(['QUEST_COMPLETED']);
    const users = Array.from({ length: 30 }, () => randomUUID());
    answers.set(hook.path, () => (received.length % 3 === 0 ? 500 : 200));
    await send.auth(...users.flatMap((userId) => [signIn(userId), signIn(userId, new Date('2026-11-22T12:00:00Z'))]));
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
});
