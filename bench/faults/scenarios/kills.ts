import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';
import type { SubgraphName } from '../system.ts';

const names: SubgraphName[] = ['gateway', 'auth', 'auth2', 'catalog', 'progress', 'progress2'];

/** Each process dies under sign-ins and open sockets, and comes back. */
export const kills: Scenario[] = [
  ...names.map((name): Scenario => ({
    name: `kill ${name}`,
    async strike({ subgraphs }, random, note) {
      await subgraphs[name].kill();
      note(`${name} is dead`);
      await sleep(random() * 500);
      await subgraphs[name].start();
    },
  })),
  {
    name: 'kill everything',
    async strike({ subgraphs }, _, note) {
      await Promise.all(names.map((name) => subgraphs[name].kill()));
      note('every subgraph and the gateway are dead');
      await Promise.all(names.map((name) => subgraphs[name].start()));
    },
  },
];

/** Where a process dies, in the words of DELIVERY.md, and the subgraph that dies there. */
const points: [point: string, subgraph: SubgraphName][] = [
  ['auth.beforeBegin', 'auth'],
  ['auth.afterSignIn', 'auth'],
  ['auth.beforeCommit', 'auth'],
  ['auth.afterCommit', 'auth'],
  ['auth.afterRotation', 'auth'],
  ['relay.afterClaim', 'auth'],
  ['relay.midBatch', 'auth'],
  ['relay.afterPublish', 'auth'],
  ['relay.afterMark', 'auth'],
  ['relay.afterConfirmations', 'auth'],
  ['inbox.afterRead', 'progress'],
  ['inbox.afterInsert', 'progress'],
  ['progress.afterCompletions', 'progress'],
  ['inbox.beforeCommit', 'progress'],
  ['inbox.beforeNotify', 'progress'],
  ['inbox.afterCommit', 'progress'],
  ['popup.betweenSockets:2', 'progress'],
  ['catalog.duringFetch', 'catalog'],
  ['gateway.beforeMutation', 'gateway'],
  ['gateway.afterMutation', 'gateway'],
  ['gateway.afterSubscribe', 'gateway'],
  ['gateway.beforeFrame', 'gateway'],
];

/** A process dies at the worst places there are. */
export const killPoints: Scenario[] = points.map(([point, name]) => ({
  name: `kill point ${point}`,
  limits: { backMs: 6000 },
  async strike({ subgraphs }, _, note) {
    await subgraphs[name].kill();
    await subgraphs[name].start(point);
    const how = await Promise.race([
      subgraphs[name].ended(),
      sleep(30_000, 'nothing: it did not get there within 30 s', { ref: false }),
    ]);
    note(`${name} ended by ${how}`);
    if (how !== 'SIGKILL') throw new Error(`${name} ended by ${how}`);
    await subgraphs[name].start();
  },
}));
