import { findHealth } from '../../shared/process/health.ts';
import { selfOrOperator, withRole } from '../../shared/identity.ts';
import { changeDisplayName, changePassword, changeTimeZone, signOut, upgradeGuest } from './sessions/account.ts';
import { deadLetterResolvers } from './audit/deadLetterResolvers.ts';
import { deleteAccount, deleteUser } from './rights/deletion.ts';
import { listUsers } from './users/directory.ts';
import { displayNameOf } from './users/displayName.rules.ts';
import { exportUser } from './rights/export.ts';
import { refreshSession } from './sessions/refresh.ts';
import { signIn, signInAsGuest, signUp } from './signIn/signIn.ts';
import { auditLog, banUser, unbanUser } from './users/moderation.ts';
import { linkProvider, signInWithProvider } from './signIn/providerSignIn.ts';
import type { Resolvers } from './schema.generated.ts';
import { unknownUser } from './users/unknownUser.ts';

export const resolvers: Resolvers = {
  Query: {
    me: (_, __, context) => (context.viewer ? context.caller() : null),
    user: async (_, { id }, context) => {
      await context.caller();
      selfOrOperator(context.viewer, id);
      return context.users.load(id);
    },
    users: (_, asked, context) => listUsers(context, asked),
    auditLog: (_, asked, context) => auditLog(context, asked),
    signInProviders: (_, __, { providers }) => [...providers.all],
    authHealth: (_, __, { viewer, database }) => (withRole(viewer, 'OPERATOR'), database.read(findHealth)),
    ...deadLetterResolvers.Query,
  },
  Mutation: {
    signUp: (_, { input }, context) => signUp(context, input),
    signIn: (_, { input }, context) => signIn(context, input),
    signInAsGuest: (_, { input }, context) => signInAsGuest(context, input),
    signInWithProvider: (_, { input }, context) => signInWithProvider(context, input),
    linkProvider: (_, { input }, context) => linkProvider(context, input),
    refreshSession: (_, { refreshToken }, context) => refreshSession(context, refreshToken),
    signOut: (_, { everywhere }, context) => signOut(context, everywhere ?? false),
    changePassword: (_, { input }, context) => changePassword(context, input),
    changeDisplayName: (_, { displayName }, context) => changeDisplayName(context, displayName),
    changeTimeZone: (_, { timeZone }, context) => changeTimeZone(context, timeZone),
    upgradeGuest: (_, { input }, context) => upgradeGuest(context, input),
    banUser: (_, { id, reason }, context) => banUser(context, id, reason),
    unbanUser: (_, { id, reason }, context) => unbanUser(context, id, reason),
    deleteAccount: (_, { password }, context) => deleteAccount(context, password),
    deleteUser: (_, { id }, context) => deleteUser(context, id),
    exportUser: (_, { id }, context) => exportUser(context, id),
    ...deadLetterResolvers.Mutation,
  },
  AuditEntry: {
    id: ({ position }) => position,
    actor: ({ actorId }, _, { users }) => (actorId === null ? null : users.load(actorId)),
    // Other subgraphs know users by their ids alone.
    targetName: async ({ targetName, targetId }, _, { users }) =>
      targetName ?? (targetId === null ? null : ((await users.load(targetId))?.name ?? null)),
  },
  // Everyone may know a user's id and names; the rest belongs to the user and to operators, by whichever way the user was reached.
  User: {
    __resolveReference: async ({ id }, { users }) => (await users.load(id)) ?? unknownUser(id),
    displayName: (user) => displayNameOf(user),
    status: (user, _, { mayRead }) => (mayRead(user), user.status),
    roles: (user, _, { mayRead }) => (mayRead(user), user.roles),
    timeZone: (user, _, { mayRead }) => (mayRead(user), user.timeZone),
    createdAt: (user, _, { mayRead }) => (mayRead(user), user.createdAt),
    exportedAccount: (user, asked, context) => (context.mayRead(user), context.findRecords(user.id, asked)),
  },
};
