import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { openInvalidationDoor } from '../../gateway/cache/invalidationDoor.ts';
import { readConfiguration } from '../../gateway/configuration/configuration.ts';
import { openDoor } from '../../shared/process/http.ts';
import { pemsIn } from '../../subgraphs/auth/sessions/pem.ts';
import { openTokens } from '../../subgraphs/auth/sessions/tokens.ts';
import { until } from '../../shared/testing/harness.ts';
import { type Block, blocksOf, pages, root } from './blocks.ts';
import { graphForTests, log } from './graph.ts';
import { openTerminal, scripts } from './terminal.ts';

/** What the pages show to be copied, copied: against one running system, in the order in which it stands there. */

const graph = graphForTests();
const terminal = openTerminal(graph);

/** Pages and blocks that another test runs. */
const elsewhere: Record<string, (block: Block) => boolean> = {
  'local/test/tutorial.live.test.ts': ({ page }) => page === 'docs/bring-your-own-subgraph.md',
  'gateway/test/configuration/program.test.ts': ({ page }) => page === 'docs/gateway-hooks.md',
  'subgraphs/progress/test/webhooks.live.test.ts': ({ page, language }) =>
    page === 'docs/webhooks.md' && language === 'json',
  'gateway/test/rest.test.ts': ({ page, content }) =>
    page === 'README.md' && /^# studio\/|^curl 'localhost:4000\/greetings/.test(content),
};

const blocks = pages.flatMap(blocksOf);
const here = blocks.filter((block) => !Object.values(elsewhere).some((isRunThere) => isRunThere(block)));
/** One story: each of them needs what those before have done. */
const story = here.filter(({ page, language }) => page === 'README.md' && /graphql|json/.test(language)).slice(0, 6);

test.each(Object.entries(elsewhere))('%s runs blocks, and reads them from their page', (file, isRunThere) => {
  const [first] = blocks.filter(isRunThere);
  expect(readFileSync(join(root, file), 'utf8')).toContain(first!.page);
});

describe('the README', () => {
  const [signIn, me, answer, popups, create, report] = story;

  test('its first screen answers as it says, and its subscription fires', async () => {
    const token = async () => (await graph.ask(signIn!.content)).data.signIn.accessToken as string;
    const player = await token();
    await until(async () => {
      const { data } = await graph.ask(me!.content, {}, player);
      return data.me.quests[0]?.streak === 1;
    }, 'the first sign-in to count');
    expect(await graph.ask(me!.content, {}, player)).toEqual(JSON.parse(answer!.content));

    const popup = graph.subscribe(popups!.content, player);
    await popup.opened;
    await token();
    await token();
    await until(() => popup.results.length === 1, 'the popup');
    expect(popup.results[0]!.data.questCompleted).toMatchObject({
      completion: { number: 1, status: 'CLAIMABLE', rewards: [{ item: 'DIAMOND', quantity: 10 }] },
      quest: { name: 'sign-in-three-times' },
      user: { name: 'user', wallet: { diamonds: 0 } },
    });
    await popup.end();
  });

  test('a quest of one’s own is completed by the second match', async () => {
    expect((await graph.ask(create!.content, {}, await tokenFor(create!))).errors).toBeUndefined();
    const player = await graph.tokenOf('user');
    const { data } = await graph.ask('{ me { id } }', {}, player);
    const popup = graph.subscribe('subscription { questCompleted { quest { name } } }', player);
    await popup.opened;
    const service = await tokenFor(report!);
    const at = new Date();
    for (const match of ['match-17', 'match-17', 'match-18']) {
      const { errors } = await graph.ask(report!.content, { match, at, player: data.me.id }, service);
      expect(errors).toBeUndefined();
    }
    await until(() => popup.results.length > 0, 'the popup');
    expect(popup.results.map(({ data }) => data.questCompleted.quest.name)).toEqual(['win-twice']);
    await popup.end();
  });
});

describe.each(pages)('%s', (page) => {
  const remaining = here.filter((block) => block.page === page && !story.includes(block));
  if (remaining.length > 0)
    test.each(remaining)('line $line: $language', async (block) => {
      const run = languages[block.language];
      if (!run)
        throw new Error(`Nothing here knows what to do with ${block.language}: run it, or say which test does.`);
      await run(block);
    });

  test('points to commands and files that are there', () => {
    const text = readFileSync(join(root, page), 'utf8');
    const links = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)/g)].map(([, path]) => path!);
    expect(links.filter((path) => !existsSync(join(root, dirname(page), path)))).toEqual([]);
    const named = [...text.matchAll(/npm run (?:-s )?([a-z][a-z:]*)/g)].map(([, name]) => name!);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

/** By language, what is done with a block. */
const languages: Record<string, (block: Block) => unknown> = {
  sh: ({ content }) => terminal.give(content),
  async graphql(block) {
    expect((await graph.ask(block.content, {}, await tokenFor(block))).errors).toBeUndefined();
  },
  async yaml({ page, content }) {
    if (/^- name: /.test(content)) {
      const importing = 'mutation ($yaml: String!) { importQuests(yaml: $yaml) { name } }';
      const { errors } = await graph.ask(importing, { yaml: content }, await graph.tokenOf('operator'));
      expect(errors).toBeUndefined();
    } else {
      expect(page).toMatch(/^docs\/gateway-/);
      const [, schema] = /^# yaml-language-server: \$schema=(.+)$/m.exec(content) ?? [];
      if (schema) expect(existsSync(join(root, schema))).toBe(true);
      const file = terminal.write('gateway.yaml', content);
      const environment = { CACHE_INVALIDATION_SECRET: 'a secret for invalidation that is long enough' };
      expect(readConfiguration({ file }, environment)).toHaveProperty('cache');
    }
  },
  async json({ page, content }) {
    expect(page).toBe('docs/gateway-cache.md');
    let tags: readonly string[] = [];
    const invalidate = openInvalidationDoor(['secret'], async (all) => (tags = all).length);
    await using stack = new AsyncDisposableStack();
    const door = await openDoor('127.0.0.1', 0, log, async (request, response) => {
      await invalidate('/cache/invalidate', request, response);
    });
    stack.defer(() => door.stop());
    const headers = { authorization: 'Bearer secret' };
    const answer = await fetch(door.url, { method: 'POST', headers, body: content });
    expect([answer.status, tags.length]).toEqual([200, (JSON.parse(content) as unknown[]).length]);
  },
  /** A diagram, a sentence of the program, or addresses of the REST door. */
  ''({ content }) {
    const addresses = [...content.matchAll(/^(?:GET|POST|PUT|PATCH|DELETE) \/[^ ?]*/gm)].map(([address]) => address);
    expect(addresses.filter((address) => !restAddresses().has(address.replace(/ +/, ' ')))).toEqual([]);
  },
};

/** Whose operation it is, by its first line. */
async function tokenFor({ content }: Block): Promise<string | undefined> {
  const [, name] = /^# as (\w+)$/m.exec(content) ?? [];
  return name && graph.tokenOf(name);
}

function restAddresses(): Set<string> {
  const files = globSync(['operations/rest.yaml', 'guests/*/operations/rest.yaml'], { cwd: root });
  const operations = files.flatMap((file) =>
    Object.values(parse(readFileSync(join(root, file), 'utf8')) as Record<string, { rest: string }>),
  );
  return new Set(operations.map(({ rest }) => rest));
}

test('the secrets of the page on Kubernetes are usable as kubectl reads them', async () => {
  await terminal.give('npm run -s secrets > secrets.env');
  // kubectl takes what stands behind the first =, quotes and all.
  const lines = readFileSync(join(terminal.folder, 'secrets.env'), 'utf8').split('\n');
  const read = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]));
  expect(() => openTokens(pemsIn(read['AUTH_SIGNING_KEY']!)[0]!)).not.toThrow();
  expect([read['GATEWAY_SECRET'], read['EVENT_SECRET']].map((secret) => secret!.length)).toEqual([64, 64]);
});
