import { randomInt } from 'node:crypto';
import { Refusal } from '../../../shared/errors.ts';
import { type Admitted, admitNewcomer } from './admission.ts';
import type { Context } from '../context.ts';
import {
  deviceIdProblem,
  guestPrefix,
  idempotencyKeyProblem,
  nameProblem,
  newNameProblem,
  newPasswordProblem,
  passwordProblem,
} from './credentials.rules.ts';
import type { StoredUser } from '../entities.ts';
import { acceptedDisplayName, refuse, zoneOfDevice } from '../input.ts';
import { needsRehash } from './passwords.ts';
import type { GuestSignInInput, SignInInput, SignUpInput } from '../schema.generated.ts';
import { accessSeconds } from '../sessions/session.rules.ts';
import { addressKnown, hasSignedIn } from './signInStore.ts';
import { findUserByName, isTaken, saveUser } from '../users/store.ts';
import { hashOfToken } from '../sessions/tokens.ts';

/** What every way in answers. */
export interface Session {
  accessToken: string;
  refreshToken: string;
  expiresAt: Date;
  user: StoredUser;
  /** What the player should know, in sentences. */
  notices: string[];
}

export async function signUp(context: Context, input: SignUpInput): Promise<Session> {
  const { name, password, idempotencyKey } = input;
  refuse(newNameProblem(name) ?? newPasswordProblem(password, name) ?? keyProblem(idempotencyKey));
  const displayName = acceptedDisplayName(input.displayName);
  const { timeZone, notices } = zoneOfDevice(input.timeZone);
  await context.limiter.admit(askingForNames(context));
  if (await findUserByName(context.database.fork(), name)) return signUpAgain(context, input);
  const passwordHash = await context.passwords.hash(password);
  try {
    const admitted = await context.commit(async (transaction) => {
      const user = await saveUser(transaction, { name, displayName, timeZone, passwordHash, createdAt: context.now });
      return admitNewcomer(transaction, user, { now: context.now, idempotencyKey });
    });
    return handOut(context, admitted, notices);
  } catch (error) {
    if (isTaken(error)) return signUpAgain(context, input);
    throw error;
  }
}

/** The same request once more is let in like the first; anyone else learns that the name is taken. */
async function signUpAgain(context: Context, { name, password, idempotencyKey }: SignUpInput): Promise<Session> {
  const em = context.database.fork();
  const user = await findUserByName(em, name);
  if (user && idempotencyKey && (await hasSignedIn(em, user.id, idempotencyKey)))
    return signIn(context, { name, password, idempotencyKey });
  await context.limiter.failed(askingForNames(context));
  throw new Refusal('CONFLICT', `The name "${name}" is taken; choose another.`);
}

/** A taken name is answered as such, so asking for names is counted by address, like guessing passwords. */
const askingForNames = ({ address }: Context) => ({ account: null, address, isKnown: false });

/** An unknown name and a wrong password take the same way through here, so that neither words nor time tell them apart. */
export async function signIn(context: Context, input: SignInInput): Promise<Session> {
  const { name, password, idempotencyKey } = input;
  refuse(passwordProblem(password) ?? keyProblem(idempotencyKey));
  const em = context.database.fork();
  const known = nameProblem(name) ? null : await findUserByName(em, name);
  const from = context.address && hashOfToken(context.address);
  const attempt = { account: name, address: context.address, isKnown: await addressKnown(em, known?.id, from) };
  await context.limiter.admit(attempt);
  const proved = await context.passwords.verify(password, known?.passwordHash);
  if (!proved || !known?.passwordHash) {
    await context.limiter.failed(attempt);
    throw new Refusal('INVALID_CREDENTIALS', 'The name or the password is wrong.');
  }
  await context.limiter.passed(attempt);
  const rehashed = needsRehash(known.passwordHash) && (await context.passwords.hash(password));
  const admitted = await context.admission({
    who: { id: known.id },
    passwordHash: known.passwordHash,
    rehashed: rehashed || undefined,
    newAddress: attempt.isKnown || !from ? undefined : from,
    idempotencyKey,
    now: context.now,
  });
  // The password was changed, or only rehashed, while it was being verified: what counts is the one that is stored now.
  return admitted ? handOut(context, admitted) : signIn(context, input);
}

export async function signInAsGuest(context: Context, input: GuestSignInInput): Promise<Session> {
  const { deviceId, idempotencyKey } = input;
  refuse(deviceIdProblem(deviceId) ?? keyProblem(idempotencyKey));
  await context.limiter.countGuest(context.address);
  const deviceHash = hashOfToken(deviceId);
  // Only who is created has a zone from here: whoever is known keeps theirs, whatever the device says today.
  let created: { name: string; notices: string[] } | undefined;
  const guest = () => {
    const { timeZone, notices } = zoneOfDevice(input.timeZone);
    created = { name: newName(guestPrefix), notices };
    return { name: created.name, timeZone, deviceHash, createdAt: context.now };
  };
  const admitted = await context.admission({ who: { deviceHash }, guest, idempotencyKey, now: context.now });
  const { user } = admitted!; // a guest who is not there is created
  return handOut(context, admitted!, created?.name === user.name ? created.notices : []);
}

export function handOut({ tokens, welcome }: Context, { user, open }: Admitted, notices: string[] = []): Session {
  const { sessionId, refreshToken } = open;
  // Everyone checks tokens by the real time, whatever time it is in the game.
  const now = new Date();
  // Tokens count whole seconds; what the client is told is what the token says.
  const expiresAt = new Date((Math.floor(now.getTime() / 1000) + accessSeconds) * 1000);
  welcome(user);
  const accessToken = tokens.signAccess({ userId: user.id, sessionId, roles: user.roles, issuedAt: now, expiresAt });
  return { accessToken, refreshToken, expiresAt, user, notices };
}

/** A prefix and eight of 32 letters and digits: 10^12 names, none of which reads as another. */
export function newName(prefix: string): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz123456789';
  return prefix + Array.from({ length: 8 }, () => letters[randomInt(letters.length)]).join('');
}

export const keyProblem = (key: string | null | undefined) =>
  typeof key === 'string' ? idempotencyKeyProblem(key) : undefined;
