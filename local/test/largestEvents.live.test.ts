import { randomUUID } from 'node:crypto';
import { graphForTests } from './graph.ts';

/** The largest batch of events that the schema promises to take, over every door that it passes. */
const graph = graphForTests();

const record = 'mutation ($events: [EventInput!]!) { recordEvents(events: $events) { id } }';
const data = { t: '€'.repeat((8192 - 8) / 3) };

test.each([
  ['through the gateway', (variables: object, token: string) => graph.ask(record, variables, token)],
  [
    'straight at progress',
    (variables: object, token: string) => graph.askSubgraph('progress', record, variables, token),
  ],
] as const)('500 events of 8 KiB are taken %s', async (_, ask) => {
  const { data: signedIn } = await graph.ask(
    'mutation { signIn(input: { name: "user", password: "password" }) { user { id } } }',
  );
  const userId = signedIn.signIn.user.id as string;
  const events = Array.from({ length: 500 }, () => ({
    id: randomUUID().padEnd(100, '!'),
    userId,
    type: 'MatchWon'.padEnd(64, 'n'),
    occurredAt: new Date().toISOString(),
    data,
  }));
  const { data: recorded, errors } = await ask({ events }, await graph.tokenOf('service'));
  expect([errors, recorded?.recordEvents.length]).toEqual([undefined, 500]);
});
