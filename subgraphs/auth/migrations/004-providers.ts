import type { MigrationStep } from '../../../shared/database/database.ts';

/** Accounts at OpenID Connect providers that open a user's account. */
export const providers: MigrationStep = {
  name: 'auth-004-providers',
  statements: [
    `create table provider_account (
      provider text not null,
      subject text not null check (length(subject) between 1 and 255),
      user_id uuid not null references users on delete cascade,
      linked_at timestamptz not null,
      primary key (provider, subject))`,
    'create index provider_account_of_user on provider_account (user_id)',
    // A password and a device never both; neither, when a provider vouches for the user.
    `alter table users drop constraint users_way_in,
       add constraint users_way_in check (password_hash is null or device_hash is null)`,
  ],
};
