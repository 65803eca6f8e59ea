import { until } from '../../shared/testing/harness.ts';
import { storyPassword, tellStory } from '../story.ts';
import { graphForTests } from './graph.ts';

const graph = graphForTests();
let operator: string;
beforeAll(async () => {
  operator = await graph.tokenOf('operator');
});

const users = async () =>
  (await graph.ask('{ users { nodes { id name status } } }', {}, operator)).data.users.nodes as {
    id: string;
    name: string;
    status: string;
  }[];
const everything = async () => {
  const query = `query ($id: ID!) { user(id: $id) {
    name status wallet { diamonds gold }
    quests { streak completions remaining quest { title } } completions { nodes { number status } } events(first: 100) { nodes { id type occurredAt } }
  } }`;
  const found = (await users()).map(({ id }) => graph.ask(query, { id }, operator));
  return (await Promise.all(found)).map(({ data }) => data.user);
};

/** What others reported of a player; the rest of the history is what progress made of it. */
const toldOf = ({ events }: { events: { nodes: { type: string }[] } }) =>
  events.nodes.filter(({ type }) => !['QuestCompleted', 'RewardClaimed'].includes(type));

test('a story that was broken off is told to its end, and not told again', async () => {
  const leaving = new AbortController();
  const broken = tellStory(graph.url(), leaving.signal);
  await until(async () => (await users()).some(({ name }) => name === 'cleo'), 'the story to be in its middle');
  leaving.abort();
  await expect(broken).rejects.toThrow('aborted');

  const { signal } = new AbortController();
  await tellStory(graph.url(), signal);
  const once = await until(async () => {
    const found = await everything();
    return toldOf(found.find(({ name }) => name === 'dan')).length === 32 && found;
  }, 'all that was told to be counted');
  await tellStory(graph.url(), signal);
  expect(await everything()).toEqual(once);

  const of = (name: string) => once.find((one) => one.name === name);
  const regularGuest = (name: string) => of(name).quests[0];
  expect(regularGuest('ada')).toMatchObject({ streak: 1, remaining: 2 });
  expect(regularGuest('ben')).toMatchObject({ streak: 2, remaining: 1 });
  expect(regularGuest('cleo')).toMatchObject({ completions: 2, remaining: 0 });
  expect(
    of('cleo')
      .completions.nodes.map(({ status }: { status: string }) => status)
      .sort(),
  ).toEqual(['CLAIMABLE', 'CLAIMED', 'CLAIMED']);
  expect(of('cleo').wallet).toEqual({ gold: 50, diamonds: 10 });
  // Six sign-ins on one day, 24 levels.
  expect(toldOf(of('cleo'))).toHaveLength(31);
  expect(of('dan').status).toBe('BANNED');
  expect(of('user')).toMatchObject({ status: 'NEW', events: { nodes: [] } });
});

test('ben’s next sign-in completes his quest', async () => {
  const token = await graph.tokenOf('ben', storyPassword);
  await until(
    async () => (await graph.ask('{ me { completions { nodes { id } } } }', {}, token)).data.me.completions.nodes[0],
    'the completion',
  );
});
