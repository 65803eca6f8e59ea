import { Refusal } from '../../../shared/errors.ts';
import { admitNewcomer } from './admission.ts';
import type { Context } from '../context.ts';
import { playerPrefix } from './credentials.rules.ts';
import type { StoredUser } from '../entities.ts';
import { type Session, handOut, keyProblem, newName } from './signIn.ts';
import { refuse, zoneOfDevice } from '../input.ts';
import { notConfirmed } from './providers.ts';
import { findByProvider, saveProviderAccount } from './providerStore.ts';
import type { ProviderSignInInput, ProviderVoucherInput } from '../schema.generated.ts';
import { isTaken, saveUser } from '../users/store.ts';

export async function signInWithProvider(context: Context, input: ProviderSignInInput): Promise<Session> {
  const { voucher, idempotencyKey } = input;
  refuse(keyProblem(idempotencyKey));
  const { timeZone, notices } = zoneOfDevice(input.timeZone);
  const subject = await vouchedFor(context, voucher);
  const { provider } = voucher;
  const { now } = context;
  const name = newName(playerPrefix);
  const known = () => findByProvider(context.database.fork(), provider, subject);
  const enterAs = async (id: string) => context.admission({ who: { id }, idempotencyKey, now });
  const userId = await known();
  const admitted = userId
    ? await enterAs(userId)
    : await context
        .commit(async (transaction) => {
          const user = await saveUser(transaction, { name, timeZone, createdAt: now });
          await saveProviderAccount(transaction, { provider, subject, userId: user.id, now });
          return admitNewcomer(transaction, user, { now, idempotencyKey });
        })
        .catch(async (error: unknown) => {
          // Another request of the same player was faster.
          const created = isTaken(error) && (await known());
          if (created) return enterAs(created);
          throw error;
        });
  if (!admitted) throw notConfirmed(provider); // the user was deleted at this very moment
  return handOut(context, admitted, admitted.user.name === name ? notices : []);
}

export async function linkProvider(context: Context, voucher: ProviderVoucherInput): Promise<StoredUser> {
  const user = await context.caller();
  const subject = await vouchedFor(context, voucher);
  if (!user.roles.includes('PLAYER'))
    throw new Refusal('FORBIDDEN', 'Only accounts of players can be opened by a provider.');
  const { provider } = voucher;
  const { now } = context;
  await context.database
    .transaction((transaction) => saveProviderAccount(transaction, { provider, subject, userId: user.id, now }))
    .catch(async (error: unknown) => {
      if (!isTaken(error)) throw error;
      if ((await findByProvider(context.database.fork(), provider, subject)) !== user.id)
        throw new Refusal('CONFLICT', `This account of ${provider} opens another account already.`);
    });
  return user;
}

/** The provider's id of the player. Vouchers that nobody stands for are counted by address, like wrong passwords. */
async function vouchedFor(context: Context, voucher: ProviderVoucherInput): Promise<string> {
  const attempt = { account: null, address: context.address, isKnown: false };
  await context.limiter.admit(attempt);
  try {
    return await context.providers.subjectOf(voucher);
  } catch (error) {
    if (error instanceof Refusal && error.code === 'INVALID_CREDENTIALS') await context.limiter.failed(attempt);
    throw error;
  }
}
