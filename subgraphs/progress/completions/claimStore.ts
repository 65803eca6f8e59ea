import { randomUUID } from 'node:crypto';
import { type Transaction } from '../../../shared/database/database.ts';
import { Refusal } from '../../../shared/errors.ts';
import { event } from '../../../shared/events.ts';
import { countEvents } from '../counting/counter.ts';
import type { Definitions } from '../definitions/definitions.rules.ts';
import { findVersions } from '../definitions/definitionStore.ts';
import { saveOwnEvents } from '../events/ownEvents.ts';
import { lockPlayers } from '../players/playerStore.ts';
import { type Reward, thatFit } from '../wallet/ledger.rules.ts';
import { findBalances, pay } from '../wallet/ledgerStore.ts';
import { claim } from './claim.rules.ts';
import { complete } from './complete.ts';
import { type Completion, findClaimable, findCompletionsOf } from './completionStore.ts';
import { rewardsOf } from './rewards.rules.ts';

/** How many completions are paid at most when a player claims all: the rest is left for the next call. */
const claimsAtMost = 500;

interface Due {
  completion: Completion;
  rewards: readonly Reward[];
}

/** What a claim has brought. */
export interface Claimed {
  paid: Completion[];
  /** How many completions it has made due, of quests that count claims. */
  completed: number;
}

/** Pays a completion of this player, once however often and however parallel it is asked. Throws NOT_FOUND, and CONFLICT for a wallet that is full. */
export async function claimOne(
  transaction: Transaction,
  definitions: Definitions,
  userId: string,
  completionId: string,
  now: Date,
): Promise<Claimed> {
  await lockPlayers(transaction, [userId]);
  const [completion] = await findCompletionsOf(transaction, [{ userId, id: completionId }]);
  const answer = claim(completion, userId);
  if (answer === 'NOT_THERE') throw new Refusal('NOT_FOUND', 'You have no such completion.');
  if (answer === 'ALREADY_PAID') return { paid: [completion!], completed: 0 };
  return payAll(transaction, definitions, await withRewards(transaction, [completion!]), now);
}

/**
 * Pays what this player can claim, the oldest first, up to 500 and without what the wallet cannot hold; resolves to what was paid. Throws CONFLICT
 * when the wallet can hold none of it.
 */
export async function claimAll(
  transaction: Transaction,
  definitions: Definitions,
  userId: string,
  now: Date,
): Promise<Claimed> {
  await lockPlayers(transaction, [userId]);
  const claimable = await withRewards(transaction, await findClaimable(transaction, userId, claimsAtMost));
  const owned = await findBalances(transaction, [userId]);
  const fitting = thatFit(claimable, new Map(owned.map(({ item, quantity }) => [item, quantity])));
  return payAll(transaction, definitions, fitting.length > 0 ? fitting : claimable, now);
}

async function withRewards(transaction: Transaction, completions: readonly Completion[]): Promise<Due[]> {
  const terms = await findVersions(
    transaction,
    completions.map(({ questId, questVersion: version }) => ({ questId, version })),
  );
  return completions.map((completion) => ({
    completion,
    rewards: rewardsOf(terms.get(`${completion.questId} ${completion.questVersion}`)!, completion.step),
  }));
}

async function payAll(
  transaction: Transaction,
  definitions: Definitions,
  due: readonly Due[],
  now: Date,
): Promise<Claimed> {
  await pay(
    transaction,
    due.map(({ completion: { id, userId }, rewards }) => ({ completionId: id, userId, rewards })),
    now,
  );
  const events = due.map(({ completion: { id, userId, questId } }) =>
    event(
      'RewardClaimed',
      { id: randomUUID(), source: 'progress', userId, occurredAt: now },
      { completionId: id, questId },
    ),
  );
  await saveOwnEvents(transaction, events);
  const completed = await complete(transaction, await countEvents(transaction, definitions, events), now);
  const paid = await findCompletionsOf(
    transaction,
    due.map(({ completion }) => completion),
  );
  return { paid, completed: completed.length };
}
