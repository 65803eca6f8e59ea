import { type Graph, startGraph } from '../../local/test/graph.ts';
import { until } from '../../shared/testing/harness.ts';
import { type Connection, type Live, openLive } from '../live.ts';
import { type Network, openNetwork } from './network.ts';
import { type Player, newPlayer } from './player.ts';

interface Completed {
  cursor: string;
  completion: { id: string; number: number };
  quest: { name: string };
}
const query =
  'subscription ($after: String) { questCompleted(after: $after) { cursor completion { id number } quest { name } } }';

let graph: Graph;
let network: Network;
let player: Player;
let shown: Completed[];
let lights: Connection[];
let begun: boolean[];
let refused: (string | undefined)[];
let live: Live | undefined;
beforeAll(async () => {
  graph = await startGraph();
  network = await openNetwork(() => Number(new URL(graph.url()).port));
});
afterAll(async () => {
  await network.stop();
  await graph.stop();
});
beforeEach(async () => {
  player = await newPlayer(graph);
  [shown, lights, begun, refused] = [[], [], [], []];
});
afterEach(() => {
  live?.stop();
  network.mend();
});

/** Listens as a game would; `tokens` and `cursors` are handed out one after the other, the last one again and again. */
const listen = async (cursors?: string[], tokens?: string[], document = query) => {
  cursors ??= [(await player.me()).questCursor];
  tokens ??= [await graph.tokenOf(player.name, player.password)];
  const next = (list: string[]) => (list.length > 1 ? list.shift()! : list[0]!);
  live = openLive<Completed>({
    url: `ws://127.0.0.1:${network.port}/graphql`,
    query: document,
    begin: async (isRefused) => (begun.push(isRefused), next(cursors)),
    accessToken: async (token) => (refused.push(token), next(tokens)),
    show: (completed) => shown.push(completed),
    light: (connection) => lights.push(connection),
  });
};
const isLive = () => until(() => lights.at(-1) === 'LIVE', 'the light to be on');
const names = () => shown.map(({ quest, completion }) => `${quest.name} ${completion.number}`);

test('what is completed is shown, in order, across a cut, and none twice', async () => {
  await listen();
  await isLive();
  await player.signInElsewhere(1, 3);
  await until(() => shown.length === 1, 'the first');
  network.cut();
  await until(() => lights.at(-1) === 'WAITING', 'the light to go off');
  await player.signInElsewhere(3, 6);
  network.mend();
  await until(() => shown.length === 3, 'the ones that were missed');
  expect(names()).toEqual(['sign-in-three-times 1', 'welcome-back 1', 'sign-in-three-times 2']);
  await isLive();
});

test('a restart of the graph goes unnoticed', async () => {
  await listen();
  await isLive();
  await graph.restart();
  await player.signInElsewhere(1, 3);
  await until(() => shown.length === 1, 'the completion');
  expect(begun).toEqual([false]);
});

test('a token that the graph refuses is told as refused, and the next one is used', async () => {
  const good = await graph.tokenOf(player.name, player.password);
  await listen(undefined, [good.replace(/.{8}$/, 'AAAAAAAA'), good]);
  await isLive();
  expect(refused).toEqual([undefined, good.replace(/.{8}$/, 'AAAAAAAA')]);
});

test('a cursor that the graph refuses is asked for again', async () => {
  await listen(['no cursor', (await player.me()).questCursor]);
  await until(() => begun.length === 2, 'the second cursor');
  expect(begun).toEqual([false, true]);
  await player.signInElsewhere(1, 3);
  await until(() => shown.length === 1, 'the completion');
});

test('a completion that comes again is not shown again', async () => {
  const { questCursor } = await player.me();
  // What it takes for a cursor is none, so after the cut it has to begin where it began before.
  await listen([questCursor], undefined, query.replace('cursor', 'cursor: __typename'));
  await isLive();
  await player.signInElsewhere(1, 3);
  await until(() => shown.length === 1, 'the first');
  live!.hurry();
  await until(() => begun.includes(true), 'the cursor to be refused');
  await player.signInElsewhere(2, 5);
  await until(() => shown.length > 1, 'the next');
  expect(names()).toEqual(['sign-in-three-times 1', 'welcome-back 1']);
});

test('after stop nothing is shown and no light changes', async () => {
  await listen();
  await isLive();
  live!.stop();
  const before = lights.length;
  await player.signInElsewhere(1, 3);
  expect([shown.length, lights.length]).toEqual([0, before]);
});
