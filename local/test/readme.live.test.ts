import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { until } from '../../shared/testing/harness.ts';
import { graphForTests } from './graph.ts';

const root = join(import.meta.dirname, '../..');
/** The code blocks of the README's first screen, as a reader would copy them. */
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const documents = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/*.md', { cwd: root })];
const block = (language: string, nth: number) =>
  [...readme.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].filter(([, name]) => name === language)[nth]![2]!;

const graph = graphForTests();

test('the first screen of the README answers as it says, and its subscription fires', async () => {
  const signIn = async () => (await graph.ask(block('graphql', 0))).data.signIn.accessToken as string;
  const token = await signIn();
  const expected: unknown = JSON.parse(block('json', 0));
  await until(async () => {
    const answer = await graph.ask(block('graphql', 1), {}, token);
    return answer.data.me.quests[0]?.streak === 1;
  }, 'the first sign-in to count');
  expect(await graph.ask(block('graphql', 1), {}, token)).toEqual(expected);

  const popup = graph.subscribe(block('graphql', 2), token);
  await popup.opened;
  await signIn();
  await signIn();
  await until(() => popup.results.length === 1, 'the popup');
  expect(popup.results[0]!.data.questCompleted).toMatchObject({
    completion: { number: 1, status: 'CLAIMABLE', rewards: [{ item: 'DIAMOND', quantity: 10 }] },
    quest: { name: 'sign-in-three-times' },
    user: { name: 'user', wallet: { diamonds: 0 } },
  });
  await popup.end();
});

test.each(documents)('every command and every file that %s points to is there', (document) => {
  const text = readFileSync(join(root, document), 'utf8');
  const links = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)/g)].map(([, path]) => path!);
  expect(links.filter((path) => !existsSync(join(root, dirname(document), path)))).toEqual([]);
  const { scripts } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const named = [...text.matchAll(/npm run (?:-s )?([a-z][a-z:]*)/g)].map(([, name]) => name!);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
