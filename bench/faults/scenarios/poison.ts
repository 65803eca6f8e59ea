import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, tokenOf } from '../client.ts';
import { streamKey } from '../../../shared/delivery/redisStream.ts';
import type { Scenario } from '../scenario.ts';
import type { System } from '../system.ts';

const stream = streamKey('auth:all');

const envelope = (more: object = {}) => ({
  id: randomUUID(),
  source: 'auth',
  type: 'UserSignIn',
  version: 1,
  userId: randomUUID(),
  occurredAt: new Date().toISOString(),
  data: { timeZone: 'UTC' },
  ...more,
});

/** Entries that whoever holds the key, or does not, could put on the stream. */
function poisons({ seal }: System): string[] {
  const closed = (body: object) => seal.close('auth', JSON.stringify(body));
  const forged = (sealed: string) => `${sealed.startsWith('A') ? 'B' : 'A'}${sealed.slice(1)}`;
  return [
    'not even sealed',
    seal.close('auth', '{"id": '),
    closed(envelope({ version: 2 })),
    closed(envelope({ type: undefined })),
    closed(envelope({ userId: undefined })),
    closed(envelope({ userId: null })),
    closed(envelope({ userId: 'nobody' })),
    closed(envelope({ data: { timeZone: 'a \0 byte' } })),
    closed(envelope({ data: { text: 'x'.repeat(1_000_000) } })),
    forged(closed(envelope())),
    seal.close('catalog', JSON.stringify(envelope())),
  ];
}

const letters = ({ query }: System) =>
  query<{ id: string; error: string }>('progress', 'select id, error from dead_letter where next_try_at is null');

/** Entries that cannot be applied reach the operator, and nobody waits for them. */
export const poison: Scenario[] = [
  {
    name: 'poison events',
    limits: { success: 1, longestMs: 1000, backMs: 2000 },
    async strike(system, _, note) {
      const put = poisons(system);
      for (const [n, sealed] of put.entries()) {
        await system.redis.command('xadd', stream, '*', 'id', String(n + 1), 'event', sealed);
        await sleep(30);
      }
      await system.redis.command('xadd', stream, '*', 'something', 'else');
      const deadline = performance.now() + 10_000;
      while ((await letters(system)).length < put.length + 1 && performance.now() < deadline) await sleep(50);
      const found = await letters(system);
      note(`${found.length} of ${put.length + 1} wait for an operator`);
      if (found.length !== put.length + 1) throw new Error(`set aside: ${found.map(({ error }) => error).join('; ')}`);
    },
    async check(system) {
      const token = await tokenOf(system.graphUrl, 'operator');
      const { deadLetters } = await ask<{ deadLetters: { nodes: { id: string }[] } }>(
        system.graphUrl,
        '{ deadLetters(first: 100) { nodes { id } } }',
        {},
        { token },
      );
      const discard = 'mutation ($id: ID!) { discardDeadLetter(id: $id, reason: "put there by a scenario") }';
      for (const { id } of deadLetters.nodes) await ask(system.graphUrl, discard, { id }, { token });
      const left = await letters(system);
      return left.length === 0 ? [] : [`${left.length} dead letters are left after all were given up`];
    },
  },
];
