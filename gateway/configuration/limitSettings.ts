import { limits } from '../limits/limits.ts';
import { choice, either, whole } from './kinds.ts';
import { optional, section, setting, group } from './section.ts';

const count = whole(1, 9_999_999);
const bytes = whole(1024, 1024 * 1024 * 1024);
const milliseconds = whole(1, 86_400_000);

export const queueSettings = section({
  items: setting(count, limits.queue.items, 'events that wait for one subscriber'),
  bytes: setting(bytes, limits.queue.bytes, 'the size of those events'),
  stallMs: setting(milliseconds, limits.queue.stallMs, 'how long a subscriber may take nothing while events wait'),
});

export const unreadSettings = section({
  requestsPerAddress: setting(count, limits.unread.requestsPerAddress, 'of one address'),
  bytesPerAddress: setting(bytes, limits.unread.bytesPerAddress, 'what has come of them'),
  bytes: setting(bytes, limits.unread.bytes, 'what has come of those of all addresses'),
});

/** What one caller may ask for. */
export const limitSettings = section({
  bodyBytes: setting(bytes, limits.bodyBytes, 'the largest body of a request with a good token'),
  strangerBytes: setting(bytes, limits.strangerBytes, 'the largest body of a request without'),
  messageBytes: setting(bytes, limits.messageBytes, 'the largest message on a WebSocket'),
  messageFragments: setting(count, limits.messageFragments, 'in how many pieces it may come'),
  initBytes: setting(bytes, limits.initBytes, 'all that a WebSocket may send before it has shown a token'),
  unread: group(unreadSettings, 'requests and messages that have not come whole yet'),
  characters: setting(count, limits.characters, 'the longest document'),
  tokens: setting(count, limits.tokens, 'the same in tokens'),
  depth: setting(whole(1, 100), limits.depth, 'levels of fields'),
  aliases: setting(count, limits.aliases, 'aliases in an operation'),
  rootFields: setting(count, limits.rootFields, 'fields at the root of an operation'),
  directives: setting(count, limits.directives, 'directives in an operation'),
  deferred: setting(
    count,
    limits.deferred,
    'fragments that an operation defers, those of fragments as often as they are spread',
  ),
  fragments: setting(count, limits.fragments, 'fragments in a document'),
  height: setting(count, limits.height, 'fields in all, those of fragments as often as they are spread'),
  complexity: setting(count, limits.complexity, 'the same count, from which on a document is refused unread'),
  page: setting(count, limits.page, 'entries of one page of a list'),
  cost: optional(
    either(whole(1, 1_000_000_000), choice('off')),
    'the highest estimated cost of an operation; absent: 1000 where the supergraph has `@listSize`, else off',
    'COST_LIMIT',
  ),
  connectionsPerUser: setting(
    count,
    limits.connectionsPerUser,
    'sockets and event streams of one user',
    'CONNECTIONS_PER_USER',
  ),
  connectionsPerAddress: setting(
    count,
    limits.connectionsPerAddress,
    'the same of one address',
    'CONNECTIONS_PER_ADDRESS',
  ),
  strangersPerAddress: setting(
    count,
    limits.strangersPerAddress,
    'those of one address that have not shown a token yet',
    'STRANGERS_PER_ADDRESS',
  ),
  subscriptionsPerSocket: setting(count, limits.subscriptionsPerSocket, 'subscriptions on one socket'),
  messagesPerMinute: setting(count, limits.messagesPerMinute, 'messages on one socket'),
  queue: group(queueSettings, 'events that wait for one slow subscriber'),
});

/** How an operation's cost is estimated, by the cost directives of IBM. */
export const costSettings = section({
  assumedSize: setting(whole(1, 1_000_000), 10, 'how long a list is taken to be that does not say'),
  mutation: setting(whole(0, 1_000_000), 10, 'what a mutation costs beside its answer'),
});
