import { randomUUID } from 'node:crypto';
import { until } from '../../shared/testing/harness.ts';
import { type Connection, connect } from '../sql.ts';
import { graphForTests } from './graph.ts';

const graph = graphForTests();
let operator: string;
let player: string;
beforeAll(async () => {
  [operator, player] = [await graph.tokenOf('operator'), await graph.tokenOf('user')];
});

const tail = (filter: string, token = operator, fields = 'id') =>
  graph.subscribe(`subscription { eventRecorded(filter: ${filter}) { ${fields} } }`, token);
type Followed = ReturnType<typeof tail>;
const idsOf = ({ results }: Followed) => results.map(({ data }) => data?.eventRecorded.id as string);

/** Another process of the subgraph, as far as the database can tell: it stores events, and nobody is notified. */
async function store(connection: Connection, id: string, type: string, userId: string = randomUUID()) {
  const row = [id, userId, type];
  await connection.query(
    `insert into event (source, id, user_id, type, occurred_at) values ('another', $1, $2, $3, now())`,
    row,
  );
}

/** Nothing says when a subscription stands; so events are stored until one is seen. */
async function standing(followed: Followed, connection: Connection, type: string): Promise<void> {
  await until(async () => {
    if (followed.results.length > 0) return true;
    await store(connection, randomUUID(), type);
  }, 'the subscription to stand');
  followed.results.length = 0;
}

test('a sign-in is seen by an operator, with fields of several subgraphs', async () => {
  const followed = tail('{ type: "UserSignIn" }', operator, 'type user { name }');
  await until(async () => {
    await graph.tokenOf('user');
    return followed.results.length > 0;
  }, 'a sign-in to be seen');
  expect(followed.results[0]).toEqual({
    data: { eventRecorded: { type: 'UserSignIn', user: { name: 'user' } } },
  });
  await followed.end();
});

test('events of other processes are seen, each by those who asked for it, also one that commits after a later one', async () => {
  const [one, other] = [await connect(graph.databases.progress), await connect(graph.databases.progress)];
  const everything = tail('{}');
  const matches = tail('{ type: "MatchWon" }');
  await Promise.all([standing(everything, one, 'MatchWon'), standing(matches, one, 'MatchWon')]);
  everything.results.length = matches.results.length = 0;

  await one.query('begin');
  await store(one, 'first', 'MatchWon');
  await store(other, 'second', 'LevelFinished');
  await until(() => idsOf(everything).includes('second'), 'the one that has committed');
  expect(idsOf(everything)).not.toContain('first');
  await one.query('commit');
  await until(() => idsOf(matches).includes('first') && idsOf(everything).includes('first'), 'the one that came late');
  expect(idsOf(everything).filter((id) => id === 'second')).toHaveLength(1);
  expect(idsOf(matches)).not.toContain('second');
  for (const open of [everything, matches]) await open.end();
  for (const connection of [one, other]) await connection.end();
});

test('it can be followed by Server-Sent Events', async () => {
  const leaving = new AbortController();
  const response = await fetch(graph.url(), {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${operator}` },
    body: JSON.stringify({ query: 'subscription { eventRecorded(filter: { type: "Told" }) { id } }' }),
    signal: leaving.signal,
  });
  let text = '';
  const reading = (async () => {
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) text += chunk;
  })().catch(() => {}); // it is aborted below
  const connection = await connect(graph.databases.progress);
  await until(async () => {
    await store(connection, 'told', 'Told').catch(() => store(connection, randomUUID(), 'Told'));
    return /event: next\ndata: \{"data":\{"eventRecorded":\{"id":/.test(text);
  }, 'an event to be told');
  leaving.abort();
  await reading;
  await connection.end();
});

test('it is for nobody else', async () => {
  const refused = tail('{}', player);
  await until(() => refused.results[0]?.errors, 'the refusal');
  expect(refused.results[0]!.errors![0]!.extensions.code).toBe('FORBIDDEN');
  await refused.end();
  const nobody = tail('{}', '');
  await nobody.refused;
  await nobody.end();
});

test('a filter that is none is refused in words', async () => {
  const refused = tail('{ type: "match won" }');
  await until(() => refused.results[0]?.errors, 'the refusal');
  expect(refused.results[0]!.errors![0]).toMatchObject({
    message: expect.stringContaining('type takes 1 to 64 letters'),
    extensions: { code: 'BAD_USER_INPUT' },
  });
  await refused.end();
});
