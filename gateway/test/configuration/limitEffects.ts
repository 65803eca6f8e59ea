import { tokenFor } from '../graph.ts';
import { ask, asAda, codeIn, codeOf, fateOf, open, subscribed, unfinished } from './settingScene.ts';

/** A setting, what is seen of it, without it and with it. */
export type Effect = [setting: string, yaml: string, see: () => Promise<unknown>, without: unknown, having: unknown];

export const limitEffects: Effect[] = [
  [
    'limits.stranger_bytes',
    'limits: { stranger_bytes: 1024 }',
    async () => (await ask('{ plain }', { pad: 3000 })).status,
    200,
    413,
  ],
  [
    'limits.body_bytes',
    'limits: { body_bytes: 1024, stranger_bytes: 1024 }',
    async () => (await ask('{ plain }', { pad: 3000, headers: { authorization: tokenFor('ada') } })).status,
    200,
    413,
  ],
  [
    'limits.init_bytes',
    'limits: { init_bytes: 1024 }',
    async () => (await open({ pad: 'x'.repeat(3000) })).code,
    0,
    1009,
  ],
  [
    'limits.message_bytes',
    'limits: { message_bytes: 1024 }',
    async () => {
      const socket = await asAda();
      socket.socket.send(JSON.stringify({ type: 'ping', payload: { pad: 'x'.repeat(3000) } }));
      return fateOf(socket);
    },
    'open',
    1009,
  ],
  [
    'limits.message_fragments',
    'limits: { message_fragments: 2 }',
    async () => {
      const socket = await asAda();
      for (const part of ['{"ty', 'pe":', '"pi']) socket.socket.send(part, { fin: false });
      socket.socket.send('ng"}', { fin: true });
      return fateOf(socket);
    },
    'open',
    1008,
  ],
  [
    'limits.unread.requests_per_address',
    'limits: { unread: { requests_per_address: 1 } }',
    async () => (await unfinished(), (await ask('{ plain }')).status),
    200,
    429,
  ],
  [
    'limits.unread.bytes_per_address',
    'limits: { unread: { bytes_per_address: 1024 } }',
    async () => (await ask('{ plain }', { pad: 3000 })).status,
    200,
    429,
  ],
  [
    'limits.unread.bytes',
    'limits: { unread: { bytes: 1024 } }',
    async () => (await ask('{ plain }', { pad: 3000 })).status,
    200,
    503,
  ],
  [
    'limits.subscriptions_per_socket',
    'limits: { subscriptions_per_socket: 1 }',
    async () => {
      const socket = await open();
      for (const id of ['a', 'b'])
        socket.socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query: 'subscription { ticks }' } }));
      await fateOf(socket);
      return codeIn(socket.heard.join());
    },
    undefined,
    'TOO_MANY_SUBSCRIPTIONS',
  ],
  [
    'limits.messages_per_minute',
    'limits: { messages_per_minute: 1 }',
    async () => {
      const socket = await asAda();
      for (let n = 0; n < 10; n++) socket.socket.send('{"type":"pong"}');
      return fateOf(socket);
    },
    'open',
    1008,
  ],
  [
    'limits.connections_per_user',
    'limits: { connections_per_user: 1 }',
    async () => {
      const first = await asAda();
      await asAda();
      return fateOf(first);
    },
    'open',
    1013,
  ],
  [
    'limits.connections_per_address',
    'limits: { connections_per_address: 1 }',
    async () => (await asAda(), (await asAda()).code),
    0,
    429,
  ],
  [
    'limits.strangers_per_address',
    'limits: { strangers_per_address: 1 }',
    async () => (await open(), (await open()).code),
    0,
    429,
  ],
  ['limits.page', 'limits: { page: 5 }', () => codeOf('{ list(first: 10) }'), undefined, 'BAD_USER_INPUT'],
  [
    'limits.queue.items',
    'limits: { queue: { items: 1 } }',
    () => subscribed('subscription { many }'),
    'all',
    'SUBSCRIPTION_SLOW_CONSUMER',
  ],
  [
    'limits.queue.bytes',
    'limits: { queue: { bytes: 1024 } }',
    () => subscribed('subscription { many }'),
    'all',
    'SUBSCRIPTION_SLOW_CONSUMER',
  ],
];
