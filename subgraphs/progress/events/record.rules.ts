import { isNestedDeeper, jsonLevelsAtMost } from '../../../shared/nesting.rules.ts';
import { isUuid } from '../../../shared/uuid.rules.ts';

/** What a trusted service may record. */

export interface Recorded {
  id: string;
  userId: string;
  type: string;
  /** Milliseconds since 1970 */
  occurredAt: number;
  data: unknown;
}

export const eventsAtMost = 500;
const minute = 60_000;
const aheadAtMost = 5 * minute;
const behindAtMost = 30 * 24 * 60 * minute;
const dataBytesAtMost = 8192;

/** Types that only the subgraphs themselves send: nobody else can report a sign-in or a completion. */
const reserved = [
  'NewUserSignIn',
  'UserSignIn',
  'UserActive',
  'UserTimeZoneChanged',
  'QuestDefined',
  'QuestCompleted',
  'RewardClaimed',
  'OperatorActed',
];

/** Everything that is wrong with an event, as sentences; empty when it may be recorded. `now` in milliseconds since 1970. */
export function faultsOf(event: Recorded, now: number): string[] {
  // First of all: writing it as JSON would be too deep for the stack.
  if (isNestedDeeper(event.data, jsonLevelsAtMost)) return [`data is nested more than ${jsonLevelsAtMost} levels deep`];
  const json = JSON.stringify(event.data ?? null);
  // Escapes of what PostgreSQL cannot hold: NUL, and halves of a character. An even number of backslashes before is text.
  const unstorable = /(?<!\\)(\\\\)*\\u(0000|d[89a-f])/;
  const faults: [boolean, string][] = [
    [!/^[\x21-\x7e]{1,100}$/.test(event.id), 'id takes 1 to 100 printable characters without spaces'],
    [!isUuid(event.userId), 'userId is not the id of a user'],
    [!/^[A-Z][A-Za-z0-9]{0,63}$/.test(event.type), 'type takes 1 to 64 letters and digits, the first a capital letter'],
    [reserved.includes(event.type), `type ${event.type.slice(0, 64)} is reserved`],
    [event.occurredAt > now + aheadAtMost, 'occurredAt is more than 5 minutes ahead'],
    [event.occurredAt < now - behindAtMost, 'occurredAt is more than 30 days ago'],
    [new TextEncoder().encode(json).length > dataBytesAtMost, 'data is larger than 8 KiB'],
    [unstorable.test(json), 'data contains a NUL or half a character'],
    [json !== 'null' && !json.startsWith('{'), 'data is not an object'],
    [isInexact(event.data), 'data has a number beyond 2^53 - 1, which does not arrive as it was sent: send it as text'],
  ];
  return faults.filter(([isFault]) => isFault).map(([, sentence]) => sentence);
}

/** Is there a number that may not be the one that was sent? */
const isInexact = (value: unknown): boolean =>
  typeof value === 'object' && value !== null
    ? Object.values(value).some(isInexact)
    : typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;
