import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const root = join(import.meta.dirname, '../..');
const guests = globSync('guests/*/subgraph.ts', { cwd: root }).map(dirname);
const subgraphs = ['subgraphs/auth', 'subgraphs/catalog', 'subgraphs/progress', 'gateway', ...guests];
/** Where subgraphs are put together to be one system. */
const assemblers = ['local/system.ts', 'guests/join.ts'];
const gatewayMayShare = [
  'identity',
  'codes',
  'errors',
  'process/environment',
  'process/failpoint',
  'process/log',
  'process/metrics',
  'process/run',
  'process/http',
  'nesting.rules',
  'process/tracing',
  'lruCache',
  'process/circuitBreaker',
  'redis/redis',
  'redis/redisAddress',
];

const subgraphOf = (path: string) => subgraphs.find((subgraph) => path.startsWith(`${subgraph}/`));
const isTest = (path: string) => /(^|\/)test\//.test(path);
const isRule = (path: string) => path.endsWith('.rules.ts');

/** What a rule must not say, since the same input must always give the same answer. */
const impure = /\bnew Date\b(?!\s*\(\s*[^\s)])|\bDate\.now|\bprocess\s*[.[]|\bMath\.random|\basync\b|\bawait\b/;
const dayInMilliseconds = /86_?400|24\s*\*\s*60\s*\*\s*60|24\s*\*\s*3_?600/;

/** What files of these names must not import: a library, or a file of their own subgraph. */
const closed: [file: RegExp, imported: RegExp][] = [
  [/^subgraphs\/\w+\/entities\.ts$/, /^graphql|(\/|^)(\w*[sS]tore|context|\w*[rR]esolvers|apply)\.ts$/],
  [/\/\w*([sS]tore)\.ts$/, /^(graphql|ioredis)(\/|$)|\/(context|\w*[rR]esolvers|apply)\.ts$/],
  [/\/context\.ts$/, /\/\w*[rR]esolvers\.ts$/],
  [/\/\w*[rR]esolvers\.ts$/, /^(@mikro-orm|ioredis)(\/|$)/],
  [/\/apply\.ts$/, /^(graphql|@apollo)(\/|$)/],
];

const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[\s;{])\/\/.*$/gm, '$1');

/** Imports of a file: libraries by name, files by their path from the root. */
function importsOf(path: string, text: string) {
  const found = text.matchAll(/(import|export)(\s+type\b)?(?:[^'";]*?\bfrom\s*|\s*\(?\s*)['"]([^'"]+)['"]/g);
  return [...found].map(([, , type, name = '']) => ({
    typeOnly: type !== undefined,
    name: name.startsWith('.') ? join(dirname(path), name) : name,
  }));
}

/** Every sentence that the walls of the house object to in one file. */
function objections(path: string, source: string): string[] {
  const text = withoutComments(source);
  const from = subgraphOf(path);
  const said = importsOf(path, text).flatMap(({ name, typeOnly }) => {
    const to = subgraphOf(name);
    const shared = /^shared\/(.*)\.ts$/.exec(name)?.[1];
    const no = (why: string) => `${path} must not import ${name}: ${why}.`;
    if (subgraphs.some((subgraph) => name === `${subgraph}/main.ts`)) return no('nobody imports a main');
    if (isTest(path)) return [];
    if (/\/subgraph\.ts$/.test(name) && to && path !== `${to}/main.ts` && !assemblers.includes(path))
      return no(`only main.ts and ${assemblers.join(' and ')} assemble a subgraph`);
    if (isRule(path) && !(isRule(name) && (to === from || shared)) && !(typeOnly && shared === 'events'))
      return no('rules import nothing but rules of their subgraph and shared ones');
    if (from && to && from !== to) return no('subgraphs meet in the SDL and in the events, never in code');
    if (from && name.startsWith('local/')) return no('a subgraph does not know where it runs');
    if (path.startsWith('shared/') && to) return no('what is shared knows no subgraph');
    if (from === 'gateway' && shared && !gatewayMayShare.includes(shared))
      return no(`of shared, the gateway uses only ${gatewayMayShare.join(', ')}`);
    if (/^subgraphs\/\w+\/entities\.ts$/.test(path) && isRule(name) && !typeOnly)
      return no('entities do not know the rules');
    return closed.some(([file, imported]) => file.test(path) && imported.test(name))
      ? no('imports point from main to resolvers to context to stores to entities')
      : [];
  });
  const word = isRule(path) && impure.exec(text)?.[0];
  if (word) said.push(`${path} says "${word}", but a rule gets the time and everything else as an argument.`);
  if (isRule(path) && !path.endsWith('/calendar.rules.ts') && dayInMilliseconds.test(text))
    said.push(`${path} counts the length of a day, but only calendar.rules.ts knows how long days are.`);
  if (/[rR]esolvers\.ts$/.test(path) && /\bprocess\.env\b/.test(text))
    said.push(`${path} reads process.env, but settings come through the context.`);
  return said;
}

test('imports point the way that the house allows, and rules stay pure', () => {
  const files = globSync('{gateway,guests,shared,subgraphs,local}/**/*.ts', {
    cwd: root,
    exclude: ['**/node_modules/**', '**/*.generated.ts'],
  });
  expect(files).toContain(relative(root, import.meta.filename));
  expect(files.flatMap((path) => objections(path, readFileSync(join(root, path), 'utf8')))).toEqual([]);
});

const [auth, streak] = ['subgraphs/auth', 'subgraphs/progress/calendar/streak.rules.ts'];
test.each([
  ['a subgraph that imports another', `${auth}/store.ts`, `import { a } from '../catalog/store.ts';`],
  ['a type of another subgraph', `${auth}/store.ts`, `import type { A } from '../progress/entities.ts';`],
  ['a dynamic import of another subgraph', `${auth}/store.ts`, `const a = await import('../catalog/store.ts');`],
  ['a re-export of the gateway', `${auth}/store.ts`, `export * from '../../gateway/server.ts';`],
  ['an import of a main, even by a test', `${auth}/test/a.test.ts`, `import '../main.ts';`],
  ['a subgraph.ts used within its subgraph', `${auth}/store.ts`, `import { startAuth } from './subgraph.ts';`],
  [
    'shared code that knows a subgraph',
    'shared/delivery/outbox.ts',
    `import { a } from '../../subgraphs/auth/store.ts';`,
  ],
  ['a gateway that uses the database', 'gateway/server.ts', `import { a } from '../shared/database/database.ts';`],
  ['a rule with a library', streak, `import { a } from 'graphql';`],
  ['a rule with a store', streak, `import {\n  a,\n} from '../counting/valueStore.ts';`],
  ['a rule with values of the events', streak, `import { event } from '../../../shared/events.ts';`],
  ['a rule that reads the clock', streak, 'const now = new Date();'],
  ['a rule that waits', streak, 'export async function count() {}'],
  ['a rule that reads the environment', streak, `const a = process['env'];`],
  ['a day in milliseconds outside of the calendar', streak, 'const day = 86_400_000;'],
  ['entities that know rules', `${auth}/entities.ts`, `import { a } from './session.rules.ts';`],
  ['a store with GraphQL', `${auth}/store.ts`, `import { GraphQLError } from 'graphql';`],
  ['a context with resolvers', `${auth}/context.ts`, `import { a } from './resolvers.ts';`],
  ['resolvers with SQL', 'subgraphs/progress/wallet/ledgerResolvers.ts', `import { a } from '@mikro-orm/postgresql';`],
  ['resolvers with settings', `${auth}/resolvers.ts`, 'const a = process.env.A;'],
])('%s is objected to', (_, path, text) => {
  expect(objections(path, text)).toHaveLength(1);
});

test.each([
  [
    streak,
    `import { dayOf } from './calendar.rules.ts';\nimport type { QuestTerms } from '../../../shared/events.ts';`,
  ],
  ['subgraphs/catalog/definition.rules.ts', `import { zoneOf } from '../../shared/timeZone.rules.ts';`],
  [streak, '/* async, new Date() */ const at = new Date(milliseconds); // Date.now'],
  ['subgraphs/progress/calendar/calendar.rules.ts', 'const day = 86_400_000;'],
  [`${auth}/main.ts`, `import { startAuth } from './subgraph.ts';`],
  ['local/system.ts', `import { startAuth } from '../subgraphs/auth/subgraph.ts';`],
  ['gateway/server.ts', `import { mask } from '../shared/errors.ts';`],
])('%s may say: %s', (path, text) => {
  expect(objections(path, text)).toEqual([]);
});
