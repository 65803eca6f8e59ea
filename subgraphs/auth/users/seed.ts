import { randomUUID } from 'node:crypto';
import { type Database, rows } from '../../../shared/database/database.ts';
import type { Role } from '../../../shared/identity.ts';
import type { Passwords } from '../signIn/passwords.ts';
import { findUserByName } from './store.ts';

const demoUsers: { name: string; roles: Role[] }[] = [
  { name: 'user', roles: ['PLAYER'] },
  { name: 'operator', roles: ['OPERATOR'] },
  { name: 'service', roles: ['SERVICE'] },
];

/**
 * The users of the README, with the password "password", where they are missing. It is a password that nobody could choose, so this goes
 * past the rules; start a subgraph with demo data only where everybody may be anybody.
 */
export async function seedDemo(database: Database, passwords: Passwords, now: Date): Promise<void> {
  for (const { name, roles } of demoUsers) {
    if (await findUserByName(database.fork(), name)) continue;
    // Of several processes that start at once, one inserts and the others find it done.
    await rows(
      database.fork(),
      `insert into users (id, name, status, roles, time_zone, password_hash, created_at)
       values ($1, $2, 'NEW', $3, 'UTC', $4, $5) on conflict do nothing`,
      [randomUUID(), name, roles, await passwords.hash('password'), now],
    );
  }
}
