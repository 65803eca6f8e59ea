import DataLoader from 'dataloader';
import type { Clock } from '../../shared/clock.ts';
import type { Database } from '../../shared/database/database.ts';
import type { DeadLetterDesk } from '../../shared/delivery/deadLetterDesk.ts';
import { unauthenticated } from '../../shared/errors.ts';
import { isOperator, selfOrOperator, signedIn } from '../../shared/identity.ts';
import type { Acting, OperatorsOnly } from '../../shared/subgraph/operators.ts';
import { type RecordPage, findRecords } from '../../shared/subgraph/records.ts';
import type { Caller } from '../../shared/subgraph/subgraph.ts';
import type { Admission } from './signIn/admission.ts';
import type { Commit } from './commit.ts';
import type { StoredUser } from './entities.ts';
import { exportedKinds } from './rights/exportStore.ts';
import type { Limiter } from './signIn/limiter.ts';
import type { Passwords } from './signIn/passwords.ts';
import type { Providers } from './signIn/providers.ts';
import { isLive } from './sessions/sessionStore.ts';
import { findUsers } from './users/store.ts';
import type { Tokens } from './sessions/tokens.ts';

/** How often something may be done; docs/configuration.md has them in its table. */
export interface Limits {
  guestSignInsPerMinute: number;
  timeZoneChangesPer30Days: number;
}

/** What the subgraph has for all requests. */
export interface Furniture {
  database: Database;
  passwords: Passwords;
  tokens: Tokens;
  limiter: Limiter;
  limits: Limits;
  providers: Providers;
  admission: Admission;
  clock: Clock;
  commit: Commit;
  deadLetters: DeadLetterDesk;
  operators: OperatorsOnly;
  /** Sessions were ended, and that is committed: every gateway may hear of it now. */
  sessionsEnded(): void;
}

/** What one request has. */
export interface Context extends Caller, Furniture {
  /** When the request came, by the clock of the game. */
  now: Date;
  users: DataLoader<string, StoredUser | null>;
  /** The caller as a row. UNAUTHENTICATED without a token, and with one whose session has ended or whose user is gone or banned. */
  caller(): Promise<StoredUser>;
  /** The caller, who wants to do what only operators may: by the token and, at this moment, by the row. Throws as `operatorsOnly` does. */
  operator(action: string, targetId: string | null): Promise<Acting>;
  /** This request has proved to be this user's by signing in; it may read what the user may. */
  welcome(user: StoredUser): void;
  /** Refuses whoever may not read more of this user than id and name. */
  mayRead(user: { id: string }): void;
  /** A part of everything that is kept of this user. */
  findRecords(userId: string, asked: { first?: number | null; after?: string | null }): Promise<RecordPage>;
}

export function openContext(furniture: Furniture, { viewer, address, requestId, log }: Caller): Context {
  const { database, clock } = furniture;
  const users = new DataLoader<string, StoredUser | null>((ids) => findUsers(database.fork(), ids));
  const welcomed = new Set<string>();
  const now = clock();
  const caller = async () => {
    const { id, sessionId } = signedIn(viewer);
    const [live, user] = await Promise.all([isLive(database.fork(), sessionId, id), users.load(id)]);
    if (!live || !user || user.status === 'BANNED') throw unauthenticated();
    return user;
  };
  return {
    ...furniture,
    viewer,
    address,
    requestId,
    log,
    now,
    users,
    caller,
    async operator(action, targetId) {
      const current = isOperator(viewer) ? { ...viewer!, roles: (await caller()).roles } : viewer;
      return furniture.operators({ viewer: current, action, targetId, requestId, now });
    },
    welcome: (user) => void welcomed.add(user.id),
    mayRead: ({ id }) => void (welcomed.has(id) || selfOrOperator(viewer, id)),
    findRecords: (userId, asked) =>
      database.read((em) => findRecords(em, `account-${userId}`, exportedKinds, userId, asked)),
  };
}
