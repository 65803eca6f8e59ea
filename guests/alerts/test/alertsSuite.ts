import { type Connection, connect } from '../../../local/sql.ts';
import type { Data, Graph } from '../../../local/test/graph.ts';
import { until, untilEqual } from '../../../shared/testing/harness.ts';
import { completed, newcomer } from '../../test/graph.ts';

type Player = Awaited<ReturnType<typeof newcomer>>;

const create = 'mutation ($input: PostInput!) { createPost(input: $input) { id author { name } } }';
const subscribeTo =
  'mutation ($category: String!, $tags: [String!]!) { subscribeTo(category: $category, tags: $tags) { tags } }';
const timeline = `query ($first: Int = 20, $after: String) { me { timeline(first: $first, after: $after) {
  nodes { title author { id name } confirmations } pageInfo { hasNextPage endCursor } } } }`;
const alertPosted =
  'subscription ($after: String) { alertPosted(after: $after) { cursor alert { title author { name } } } }';

/** What holds with Redis and without. */
export function alertsSuite(graph: Graph) {
  let database: Connection;
  beforeAll(async () => {
    database = await connect(graph.databases['alerts']!);
    const operator = await graph.tokenOf('operator');
    const add =
      'mutation ($name: String!, $tags: [String!]!) { createAlertCategory(name: $name, tags: $tags) { name } }';
    for (const name of ['roads', 'weather', 'power']) await graph.ask(add, { name, tags: ['ice', 'fog'] }, operator);
  });
  afterAll(() => database.end());

  const post = async (author: Player, title: string, more: object = {}) => {
    const input = { category: 'roads', title, body: 'Take care.', ...more };
    return graph.ask(create, { input }, author.token);
  };
  const wants = (reader: Player, category = 'roads', tags: string[] = []) =>
    graph.ask(subscribeTo, { category, tags }, reader.token);
  const page = async (reader: Player, variables: object = {}) =>
    (await graph.ask(timeline, variables, reader.token)).data.me.timeline;
  const titles = async (reader: Player) => (await page(reader)).nodes.map(({ title }: Data) => title);

  test('a post comes to whoever wants its category or one of its tags, the last first, and to nobody else', async () => {
    const [author, all, ice, fog, none] = await Promise.all(Array.from({ length: 5 }, () => newcomer(graph)));
    await Promise.all([
      wants(all!),
      wants(ice!, 'roads', ['ice']),
      wants(fog!, 'roads', ['fog']),
      wants(none!, 'power'),
    ]);
    // A timeline that was read before is the same afterwards.
    expect(await titles(all!)).toEqual([]);
    await post(author!, 'Ice', { tags: ['ice'] });
    await untilEqual(() => titles(all!), ['Ice'], 'the first to arrive');
    await post(author!, 'Fog', { tags: ['fog'] });
    await untilEqual(() => titles(all!), ['Fog', 'Ice'], 'both to arrive');
    await untilEqual(() => titles(ice!), ['Ice'], 'the ice to arrive');
    await untilEqual(() => titles(fog!), ['Fog'], 'the fog to arrive');
    expect(await titles(none!)).toEqual([]);

    const first = await page(all!, { first: 1 });
    expect([first.nodes[0].title, first.nodes[0].author.name, first.pageInfo.hasNextPage]).toEqual([
      'Fog',
      author!.name,
      true,
    ]);
    const second = await page(all!, { first: 1, after: first.pageInfo.endCursor });
    expect([second.nodes[0].title, second.pageInfo.hasNextPage]).toEqual(['Ice', false]);

    expect(
      (await graph.ask('mutation { unsubscribeFrom(category: "roads") }', {}, ice!.token)).data.unsubscribeFrom,
    ).toBe(true);
    await post(author!, 'More ice', { tags: ['ice'] });
    await untilEqual(() => titles(all!), ['More ice', 'Fog', 'Ice'], 'the third to arrive');
    expect(await titles(ice!)).toEqual(['Ice']);
  });

  test('who listens is told at once, and after a cut by the cursor of the last one', async () => {
    const [author, reader] = [await newcomer(graph), await newcomer(graph)];
    await wants(reader);
    const after = (await graph.ask('{ me { alertCursor } }', {}, reader.token)).data.me.alertCursor;
    const live = graph.subscribe(alertPosted, reader.token, { after });
    await live.opened;
    await post(author, 'one');
    const [first] = await until(() => live.results.length === 1 && live.results, 'the first alert');
    expect(first!.data.alertPosted.alert).toEqual({ title: 'one', author: { name: author.name } });
    await live.end();
    await post(author, 'two');
    await post(author, 'three');
    const again = graph.subscribe(alertPosted, reader.token, { after: first!.data.alertPosted.cursor });
    await until(() => again.results.length === 2, 'what came meanwhile');
    expect(again.results.map(({ data }) => data.alertPosted.alert.title)).toEqual(['two', 'three']);
    await again.end();
    const foreign = graph.subscribe(alertPosted, author.token, { after: first!.data.alertPosted.cursor });
    const [refusal] = await until(() => foreign.results.length > 0 && foreign.results, 'the refusal');
    expect(refusal!.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    await foreign.end();
  });

  test('others confirm a post, each once, and not its author', async () => {
    const [author, one, two] = [await newcomer(graph), await newcomer(graph), await newcomer(graph)];
    const { id } = (await post(author, 'true')).data.createPost;
    const confirm = (player: Player) =>
      graph.ask('mutation ($id: ID!) { confirmPost(id: $id) { confirmations } }', { id }, player.token);
    const answers = await Promise.all([confirm(one), confirm(one), confirm(one), confirm(two)]);
    expect(answers.every(({ errors }) => errors === undefined)).toBe(true);
    expect((await confirm(one)).data.confirmPost.confirmations).toBe(2);
    expect((await confirm(author)).errors?.[0]?.extensions.code).toBe('CONFLICT');
  });

  test('ten posts within an hour, and the eleventh is told when to come again, also of those at the same moment', async () => {
    const author = await newcomer(graph);
    const answers = await Promise.all(
      Array.from({ length: 13 }, (_, n) => post(author, `post ${n}`, { category: 'power' })),
    );
    const refused = answers.filter(({ errors }) => errors);
    expect(refused).toHaveLength(3);
    for (const { errors } of refused)
      expect(errors![0]!.extensions).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) });
  });

  test('what operators hide is gone for everybody, and what is no post is NOT_FOUND', async () => {
    const [author, reader] = [await newcomer(graph), await newcomer(graph)];
    await wants(reader, 'weather');
    const { id } = (await post(author, 'a lie', { category: 'weather' })).data.createPost;
    await untilEqual(() => titles(reader), ['a lie'], 'it to arrive');
    const hide = 'mutation ($id: ID!) { hidePost(id: $id) }';
    expect((await graph.ask('mutation ($id: ID!) { reportPost(id: $id) }', { id }, reader.token)).data.reportPost).toBe(
      true,
    );
    expect((await graph.ask(hide, { id }, reader.token)).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    const operator = await graph.tokenOf('operator');
    expect((await graph.ask(hide, { id }, operator)).data.hidePost).toBe(true);
    expect(await titles(reader)).toEqual([]);
    for (const odd of [id, 'no id', '00000000-0000-0000-0000-000000000000']) {
      const { errors } = await graph.ask(
        'mutation ($id: ID!) { confirmPost(id: $id) { id } }',
        { id: odd },
        reader.token,
      );
      expect(errors?.[0]?.extensions.code).toBe('NOT_FOUND');
    }
  });

  test('a blocked author is not heard of, in what has come, what comes and what is told, until that ends', async () => {
    const [author, other, reader] = [await newcomer(graph), await newcomer(graph), await newcomer(graph)];
    await wants(reader, 'weather');
    await post(author, 'before', { category: 'weather' });
    await untilEqual(() => titles(reader), ['before'], 'the first to arrive');
    const after = (await graph.ask('{ me { alertCursor } }', {}, reader.token)).data.me.alertCursor;
    const change = (field: string, userId: string) =>
      graph.ask(`mutation ($userId: ID!) { ${field}(userId: $userId) }`, { userId }, reader.token);
    for (const _ of [1, 2]) expect((await change('blockAuthor', author.id)).data.blockAuthor).toBe(true);
    expect(await titles(reader)).toEqual([]);
    const live = graph.subscribe(alertPosted, reader.token, { after });
    await live.opened;
    await post(author, 'meanwhile', { category: 'weather' });
    await post(other, 'of another', { category: 'weather' });
    await until(() => live.results.length > 0, 'what another has posted');
    expect(live.results.map(({ data }) => data.alertPosted.alert.title)).toEqual(['of another']);
    await live.end();
    expect(await titles(reader)).toEqual(['of another']);
    const blocked = (await graph.ask('{ me { blockedAuthors { id name } } }', {}, reader.token)).data.me.blockedAuthors;
    expect(blocked).toEqual([{ id: author.id, name: author.name }]);
    expect((await change('unblockAuthor', author.id)).data.unblockAuthor).toBe(true);
    expect((await change('unblockAuthor', author.id)).data.unblockAuthor).toBe(false);
    // What did not come meanwhile stays away, and what had come is there again.
    expect(await titles(reader)).toEqual(['of another', 'before']);
    expect((await change('blockAuthor', reader.id)).errors?.[0]?.extensions.code).toBe('CONFLICT');
    expect((await change('blockAuthor', 'no id')).errors?.[0]?.extensions.code).toBe('NOT_FOUND');
  });

  test('operators see what was reported, those with most reports first, until it is hidden', async () => {
    const [author, one, two] = [await newcomer(graph), await newcomer(graph), await newcomer(graph)];
    const operator = await graph.tokenOf('operator');
    const ids: string[] = [];
    for (const title of ['bad', 'worse']) ids.push((await post(author, title)).data.createPost.id);
    const report = (id: string, { token }: Player) =>
      graph.ask('mutation ($id: ID!) { reportPost(id: $id) }', { id }, token);
    for (const [id, reporter] of [
      [ids[0], one],
      [ids[1], one],
      [ids[1], one],
      [ids[1], two],
    ] as [string, Player][])
      await report(id, reporter);
    const reported = async () => {
      const { data } = await graph.ask('{ reportedAlerts(top: 100) { reports alert { id } } }', {}, operator);
      return data.reportedAlerts.filter(({ alert }: Data) => ids.includes(alert.id));
    };
    expect(await reported()).toEqual([
      { reports: 2, alert: { id: ids[1] } },
      { reports: 1, alert: { id: ids[0] } },
    ]);
    await graph.ask('mutation ($id: ID!) { hidePost(id: $id) }', { id: ids[1] }, operator);
    expect(await reported()).toEqual([{ reports: 1, alert: { id: ids[0] } }]);
  });

  test('events alone complete the quests', async () => {
    const [author, reader] = [await newcomer(graph), await newcomer(graph)];
    const ids: string[] = [];
    for (const category of ['roads', 'weather', 'power', 'roads', 'roads'])
      ids.push((await post(author, 'Look out', { category, severity: 'DANGER' })).data.createPost.id);
    for (const id of ids) await graph.ask('mutation ($id: ID!) { confirmPost(id: $id) { id } }', { id }, reader.token);
    await until(async () => (await completed(graph, author.token)).includes('eyes-open'), 'three categories to count');
    await until(
      async () => (await completed(graph, reader.token)).includes('second-pair-of-eyes'),
      'five confirmations to count',
    );
  });

  test('a post that was left half way reaches everybody, each once', async () => {
    const author = await newcomer(graph);
    await database.query(`insert into category values ('crowd', '{}') on conflict do nothing`);
    await database.query(
      `insert into interest select 'crowd', ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, '{}' from generate_series(1, 2500) n`,
    );
    const { id } = (await post(author, 'everybody', { category: 'crowd' })).data.createPost;
    const reached = async () =>
      (await database.query<{ n: number }>('select count(*)::int as n from timeline where post_id = $1', [id])).rows[0]!
        .n;
    await untilEqual(reached, 2500, 'everybody to be reached');
    await until(async () => (await database.query('select from fanout')).rows.length === 0, 'it to be done');
    // As a process leaves it that is killed after a page was stored and before that was noted.
    await database.query('insert into fanout (post_id) values ($1)', [id]);
    await until(async () => (await database.query('select from fanout')).rows.length === 0, 'it to be done again');
    expect(await reached()).toBe(2500);
    const places = await database.query<{ n: number }>(
      `select count(*)::int as n from reader where seq <> (select max(seq) from timeline where timeline.user_id = reader.user_id)`,
    );
    expect(places.rows[0]!.n).toBe(0);
  });

  test('who is deleted leaves no post, no confirmation and no timeline', async () => {
    const [leaver, reader, author] = [await newcomer(graph), await newcomer(graph), await newcomer(graph)];
    await Promise.all([wants(leaver, 'weather'), wants(reader, 'weather')]);
    await graph.ask('mutation ($userId: ID!) { blockAuthor(userId: $userId) }', { userId: author.id }, leaver.token);
    const { id } = (await post(reader, 'stays', { category: 'weather' })).data.createPost;
    await post(leaver, 'goes', { category: 'weather' });
    await untilEqual(() => titles(leaver), ['goes', 'stays'], 'both to arrive');
    await graph.ask('mutation ($id: ID!) { confirmPost(id: $id) { id } }', { id }, leaver.token);
    await graph.ask(
      'mutation ($password: String) { deleteAccount(password: $password) }',
      { password: leaver.password },
      leaver.token,
    );
    await untilEqual(() => titles(reader), ['stays'], 'the post to be gone');
    expect((await page(reader)).nodes[0].confirmations).toBe(0);
    for (const table of ['timeline', 'interest', 'confirmation', 'reader', 'block'])
      expect((await database.query(`select from ${table} where user_id = $1`, [leaver.id])).rows).toEqual([]);
  });
}
