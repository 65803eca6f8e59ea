import { randomUUID } from 'node:crypto';
import { type Transaction } from '../../../shared/database.ts';
import { Refusal } from '../../../shared/errors.ts';
import { event } from '../../../shared/events.ts';
import { claim } from './claim.rules.ts';
import { findVersions } from '../definitions/definitionStore.ts';
import { type Completion, findClaimable, findCompletionsById } from './completionStore.ts';
import { saveOwnEvents } from '../events/ownEvents.ts';
import { pay } from '../wallet/ledgerStore.ts';
import { lockPlayers } from '../players/playerStore.ts';

/** Pays a completion of this player, once however often and however parallel it is asked. Throws NOT_FOUND. */
export async function claimOne(
  transaction: Transaction,
  userId: string,
  completionId: string,
  now: Date,
): Promise<Completion> {
  await lockPlayers(transaction, [userId]);
  const [completion] = await findCompletionsById(transaction, [completionId]);
  const answer = claim(completion, userId);
  if (answer === 'NOT_THERE') throw new Refusal('NOT_FOUND', 'You have no such completion.');
  return answer === 'PAY' ? (await payAll(transaction, [completion!], now))[0]! : completion!;
}

/** Pays everything that this player can claim; resolves to what was paid. */
export async function claimAll(transaction: Transaction, userId: string, now: Date): Promise<Completion[]> {
  await lockPlayers(transaction, [userId]);
  return payAll(transaction, await findClaimable(transaction, userId), now);
}

async function payAll(transaction: Transaction, completions: Completion[], now: Date): Promise<Completion[]> {
  const terms = await findVersions(
    transaction,
    completions.map((one) => ({ questId: one.questId, version: one.questVersion })),
  );
  await pay(
    transaction,
    completions.map((one) => ({
      completionId: one.id,
      userId: one.userId,
      rewards: terms.get(`${one.questId} ${one.questVersion}`)!.rewards,
    })),
    now,
  );
  await saveOwnEvents(
    transaction,
    completions.map((one) =>
      event(
        'RewardClaimed',
        { id: randomUUID(), source: 'progress', userId: one.userId, occurredAt: now },
        { completionId: one.id, questId: one.questId },
      ),
    ),
  );
  return findCompletionsById(
    transaction,
    completions.map((one) => one.id),
  );
}
