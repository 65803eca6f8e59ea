import type { StoredUser } from '../entities.ts';

/**
 * Who stands in another subgraph for an id that nobody has here, such as one that a service made up: were there nobody, one stray event would
 * blank the whole list that it is in. No sign-in name has parentheses.
 */
export const unknownUser = (id: string): StoredUser => ({
  id,
  name: '(unknown)',
  displayName: null,
  status: 'NEW',
  roles: [],
  timeZone: 'UTC',
  passwordHash: null,
  deviceHash: null,
  createdAt: new Date(0),
  activeDay: null,
  activeUntil: null,
});
