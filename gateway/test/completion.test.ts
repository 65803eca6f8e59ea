import type { Client } from 'graphql-ws';
import { until } from '../../shared/testing/harness.ts';
import { type TestGraph, startTestGraph, supergraphFile, tokenFor } from './graph.ts';
import { connect, listen } from './listener.ts';
import { type TestWire, startWire } from './wire.ts';
import { termsForAll } from '../supergraph/subgraphTerms.ts';

const told = 'subscription ($after: String) { told(after: $after) { number thing { title } } }';
const clients: Client[] = [];
let subgraphs: TestGraph;
let patient: TestGraph;
let impatient: TestGraph;
let wire: TestWire;
let home: number;

/** Between the gateways and the subgraph `things`, which says what a thing is called, is a wire that the test holds. */
beforeAll(async () => {
  wire = await startWire();
  subgraphs = await startTestGraph();
  const { people, things, deeds } = subgraphs.subgraphs;
  home = Number(new URL(things.url).port);
  const supergraph = { file: supergraphFile, urls: { people: people.url, things: wire.url, deeds: deeds.url } };
  patient = await startTestGraph({ supergraph, subgraphs: termsForAll({ timeoutMs: 800 }) });
  impatient = await startTestGraph({
    supergraph,
    subgraphs: termsForAll({ timeoutMs: 800 }),
    timing: { patienceMs: 1000 },
  });
});
beforeEach(() => void (wire.target = home));
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.dispose()));
  await until(() => subgraphs.tellings.open() === 0 && subgraphs.streams.size === 0, 'every stream is closed');
});
afterAll(async () => {
  await Promise.all([patient.stop(), impatient.stop()]);
  await subgraphs.stop();
  await wire.stop();
});

const here = (graph: TestGraph, person: string, query = told, variables = {}) => {
  const client = connect(graph.socketUrl, tokenFor(person));
  clients.push(client);
  return listen(client, query, variables);
};
const open = () => until(() => subgraphs.tellings.open() === 1, 'the stream is open');
const tell = (person: string, times: number) => {
  for (let time = 0; time < times; time++) subgraphs.tellings.tell(person, 't1');
};
const whole = (...numbers: number[]) =>
  numbers.map((number) => ({ data: { told: { number, thing: { title: 'Thing t1' } } } }));
/** Nobody listens at the other end. */
const unplug = () => {
  wire.target = 1;
  wire.cut();
  return () => void (wire.target = home);
};
const retries = ({ gateway }: TestGraph) => gateway.metrics.snapshot().retries;

test.each<[string, string, () => () => void]>([
  ['is away', 'ada', () => unplug()],
  ['takes too long', 'bob', () => wire.deaden()],
])('while a subgraph %s events wait in their order, and come whole when it is back', async (_, person, disturb) => {
  const heard = here(patient, person);
  await open();
  tell(person, 1);
  await until(() => heard.results.length === 1, 'the first');
  const before = retries(patient);
  const end = disturb();
  tell(person, 2);
  await until(() => retries(patient) > before, 'it is tried again');
  tell(person, 2);
  end();
  await until(() => heard.results.length === 5, 'all of them');
  expect(heard.results).toEqual(whole(1, 2, 3, 4, 5));
  expect(heard.error).toBeUndefined();
});

test('an event of which its own subgraph cannot say everything is asked for again, until it can', async () => {
  const heard = here(patient, 'gus', 'subscription { told { number person { points } } }');
  await open();
  tell('gus', 1);
  await until(() => heard.results.length === 1, 'the first');
  const before = retries(patient);
  subgraphs.tellings.isPointless = true;
  tell('gus', 2);
  await until(() => retries(patient) > before + 1, 'it is asked for again');
  subgraphs.tellings.isPointless = false;
  tell('gus', 1);
  await until(() => heard.results.length === 4, 'all of them');
  const event = (number: number) => ({ data: { told: { number, person: { points: 0 } } } });
  expect(heard.results).toEqual([1, 2, 3, 4].map(event));
  expect(heard.error).toBeUndefined();
});

test('an event that cannot be completed in time ends its stream before it, and who goes on there gets everything whole', async () => {
  const [one, same] = [here(impatient, 'cyd'), here(impatient, 'cyd')];
  const subscribed = () => impatient.gateway.metrics.snapshot().subscriptionsByField['told'] === 2;
  await until(subscribed, 'both are there');
  await open();
  tell('cyd', 1);
  await until(() => one.results.length === 1 && same.results.length === 1, 'the first');
  const ended = impatient.gateway.metrics.snapshot().ends.incomplete;
  const plugIn = unplug();
  tell('cyd', 3);
  await until(() => one.error && same.error, 'they are told');
  plugIn();
  for (const heard of [one, same]) {
    expect(heard.results).toEqual(whole(1));
    expect(heard.error!.map(({ extensions }) => extensions)).toEqual([{ code: 'SUBSCRIPTION_ENDED', cursor: 'cyd-1' }]);
  }
  expect(impatient.gateway.metrics.snapshot().ends.incomplete - ended).toBe(2);
  const resumed = here(impatient, 'cyd', told, { after: 'cyd-1' });
  await until(() => resumed.results.length === 3, 'what was missing');
  expect(resumed.results).toEqual(whole(2, 3, 4));
});

test('where nobody could go on before the event, its reader gets what there is of it', async () => {
  const heard = here(impatient, 'dan', 'subscription { done { number what: thing { id title } } }');
  await until(() => subgraphs.streams.size === 1, 'the stream is open');
  const plugIn = unplug();
  subgraphs.did('dan', 't1');
  await until(() => heard.results.length === 1, 'the time is up');
  plugIn();
  const codes = (heard.results[0]!.errors as { extensions: object }[]).map(({ extensions }) => extensions);
  expect(codes).toEqual([{ code: 'SUBGRAPH_UNAVAILABLE', serviceName: 'things' }]);
  expect(heard.error).toBeUndefined();
});

test('who leaves while an event waits is gone at once, and it is tried no more', async () => {
  const heard = here(patient, 'eve');
  await open();
  const plugIn = unplug();
  const before = retries(patient);
  tell('eve', 1);
  await until(() => retries(patient) > before, 'it is tried again');
  heard.stop();
  await until(() => patient.gateway.metrics.snapshot().groups === 0, 'it is gone');
  const after = retries(patient);
  const other = here(patient, 'fay');
  await open();
  plugIn();
  tell('fay', 1);
  await until(() => other.results.length === 1, 'another is served');
  expect(retries(patient)).toBe(after);
});
