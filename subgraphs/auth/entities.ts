import { type InferEntity, defineEntity, p } from '@mikro-orm/postgresql';
import type { Role } from '../../shared/identity.ts';

export const UserRow = defineEntity({
  name: 'UserRow',
  tableName: 'users',
  properties: {
    id: p.uuid().primary(),
    name: p.string(),
    /** What others see; null: it follows from the name. */
    displayName: p.string().strictNullable(),
    status: p.string().$type<'NEW' | 'ACTIVE' | 'BANNED'>(),
    roles: p.array().$type<Role[]>(),
    /** IANA name. */
    timeZone: p.string(),
    /** PHC string of argon2id; null for guests. */
    passwordHash: p.string().strictNullable(),
    /** SHA-256 of the device's secret, base64url; null for named users. */
    deviceHash: p.string().strictNullable(),
    createdAt: p.datetime(),
    /** The last calendar day on which the user was there, in whole days since 1970-01-01; null: on none yet. */
    activeDay: p.integer().strictNullable(),
    /** Until when that day goes on. */
    activeUntil: p.datetime().strictNullable(),
  },
});
export type StoredUser = InferEntity<typeof UserRow>;

/** A family of refresh tokens: one sign-in, renewed until something ends it. */
export const SessionRow = defineEntity({
  name: 'SessionRow',
  tableName: 'session',
  properties: {
    id: p.uuid().primary(),
    /** Null: the user was deleted. */
    userId: p.uuid().strictNullable(),
    createdAt: p.datetime(),
    endedAt: p.datetime().strictNullable(),
    /** Why, as session.ts names it. */
    endedBy: p.string().strictNullable(),
  },
});

export const RefreshTokenRow = defineEntity({
  name: 'RefreshTokenRow',
  tableName: 'refresh_token',
  properties: {
    /** SHA-256 of the token, base64url; the token itself is stored nowhere. */
    tokenHash: p.string().primary(),
    sessionId: p.uuid(),
    issuedAt: p.datetime(),
    expiresAt: p.datetime(),
    /** When it was exchanged for its successor; null: it is the live token of its session. */
    usedAt: p.datetime().strictNullable(),
    /** With the token itself this makes its successor again; null once the successor was used. */
    successorSalt: p.string().strictNullable(),
  },
});

/** A player's sign-in: the cause of exactly one event, which bears its id. */
export const SignInRow = defineEntity({
  name: 'SignInRow',
  tableName: 'sign_in',
  properties: {
    eventId: p.uuid().primary(),
    userId: p.uuid(),
    occurredAt: p.datetime(),
    idempotencyKey: p.string().strictNullable(),
  },
});
