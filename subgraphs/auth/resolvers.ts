import { selfOrOperator } from '../shared/identity.ts';
import { changePassword, changeTimeZone, signOut, upgradeGuest } from './account.ts';
import { listUsers } from './directory.ts';
import { refreshSession, signIn, signInAsGuest, signUp } from './entrance.ts';
import { auditLog, banUser, unbanUser } from './moderation.ts';
import type { Resolvers } from './schema.generated.ts';

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
  },
  Mutation: {
    signUp: (_, { input }, context) => signUp(context, input),
    signIn: (_, { input }, context) => signIn(context, input),
    signInAsGuest: (_, { input }, context) => signInAsGuest(context, input),
    refreshSession: (_, { refreshToken }, context) => refreshSession(context, refreshToken),
    signOut: (_, { everywhere }, context) => signOut(context, everywhere ?? false),
    changePassword: (_, { input }, context) => changePassword(context, input),
    changeTimeZone: (_, { timeZone }, context) => changeTimeZone(context, timeZone),
    upgradeGuest: (_, { input }, context) => upgradeGuest(context, input),
    banUser: (_, { id }, context) => banUser(context, id),
    unbanUser: (_, { id }, context) => unbanUser(context, id),
  },
  AuditEntry: { id: ({ position }) => position },
  // Everyone may know a user's id and name; the rest belongs to the user and to operators, by whichever way the user was reached.
  User: {
    __resolveReference: ({ id }, { users }) => users.load(id),
    status: (user, _, { mayRead }) => (mayRead(user), user.status),
    roles: (user, _, { mayRead }) => (mayRead(user), user.roles),
    timeZone: (user, _, { mayRead }) => (mayRead(user), user.timeZone),
    createdAt: (user, _, { mayRead }) => (mayRead(user), user.createdAt),
  },
};
