import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { graphForTests } from './graph.ts';
import { root } from './operationDoors.ts';

/** A client that others make from the committed document: openapi-typescript writes its types, tsc holds it to them, and it talks to the system. */
const graph = graphForTests();
const run = promisify(execFile);
const tool = (name: string) => join(root, 'node_modules', name);
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rest-client-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  await run(process.execPath, [
    tool('openapi-typescript/bin/cli.js'),
    join(root, 'operations/openapi.json'),
    '--output',
    join(folder, 'api.ts'),
  ]);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What the compiler says of a program; empty when it is sound. */
async function compile(name: string, program: string): Promise<string> {
  writeFileSync(join(folder, name), program);
  const strict = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2023', '--lib', 'es2023,dom'];
  const settings = [...strict, '--allowImportingTsExtensions', '--types', 'node', '--ignoreConfig'];
  return run(process.execPath, [tool('typescript/bin/tsc'), ...settings, name], { cwd: folder }).then(
    () => '',
    ({ stdout }: { stdout: string }) => stdout,
  );
}

const head = `import createClient from 'openapi-fetch';
import type { paths } from './api.ts';
const [baseUrl] = process.argv.slice(2);
const api = createClient<paths>({ baseUrl: baseUrl! });
`;
const program = `${head}
const { data: session } = await api.POST('/api/v1/sessions', { body: { name: 'user', password: 'password' } });
const headers = { authorization: \`Bearer \${session!.accessToken}\` };
const { data: quests } = await api.GET('/api/v1/quests', { headers, params: { query: { first: 100 } } });
const one = quests!.find(({ name }) => name === 'sign-in-three-times')!;
const { data: quest } = await api.GET('/api/v1/quests/{quest_id}', { headers, params: { path: { quest_id: one.quest_id } } });
const { error, response } = await api.GET('/api/v1/quest-stats', { headers });
const { data: me } = await api.GET('/api/v1/me', { headers });
const streak: number = quest!.streak;
console.log(JSON.stringify({ streak, reward: quest!.rewards[0]!.item, me: me!.name, code: error!.code, status: response.status }));
`;

test('a client of the document compiles, and reads what the document promises', async () => {
  expect(await compile('client.ts', program)).toBe('');
  const { stdout } = await run(process.execPath, ['--no-warnings', 'client.ts', new URL(graph.url()).origin], {
    cwd: folder,
  });
  expect(JSON.parse(stdout)).toEqual({ streak: 3, reward: 'DIAMOND', me: 'user', code: 'FORBIDDEN', status: 403 });
});

test('a client that asks for what is not there does not compile', async () => {
  const wrong = `${head}
await api.GET('/api/v1/quest', {});
await api.POST('/api/v1/sessions', { body: { name: 'user' } });
const { data } = await api.GET('/api/v1/me', {});
console.log(data!.pasword);
`;
  const said = await compile('wrong.ts', wrong);
  expect([...said.matchAll(/^wrong\.ts\((\d+),/gm)].map(([, line]) => Number(line))).toEqual([6, 7, 9]);
});
