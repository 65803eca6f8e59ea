import { type Transaction, rows } from '../../../shared/database/database.ts';

/** The id of the user whom this account at a provider opens. */
export async function findByProvider(em: Transaction, provider: string, subject: string): Promise<string | undefined> {
  const [found] = await rows<{ user_id: string }>(
    em,
    'select user_id from provider_account where provider = $1 and subject = $2',
    [provider, subject],
  );
  return found?.user_id;
}

/** Rejects with an error that `isTaken` knows when the account opens somebody already. */
export async function saveProviderAccount(
  transaction: Transaction,
  { provider, subject, userId, now }: { provider: string; subject: string; userId: string; now: Date },
): Promise<void> {
  await rows(
    transaction,
    'insert into provider_account (provider, subject, user_id, linked_at) values ($1, $2, $3, $4)',
    [provider, subject, userId, now],
  );
}
