import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { variablesOf } from '../../gateway/configuration/variables.ts';

const root = join(import.meta.dirname, '../..');
const reading = /\b(?:env|environment)(?:\['([A-Z][A-Z_]+)'\]|, '([A-Z][A-Z_]+)')/g;
/** What others made, or what only tests set. */
const notOurs = new Set(['NODE_ENV', 'PATH', 'APOLLO_TELEMETRY_DISABLED', 'FAILPOINT']);

const programs = globSync(['gateway/**/*.ts', 'shared/**/*.ts', 'subgraphs/**/*.ts', 'local/*.ts'], {
  cwd: root,
}).filter((file) => !/(^|\/)test(ing)?\//.test(file) && !file.endsWith('.generated.ts'));
/** What the gateway reads is described in one place, and read from there. */
const described = variablesOf().map(({ variable }) => variable);
const named = new Set(
  programs
    .flatMap((file) => [...readFileSync(join(root, file), 'utf8').matchAll(reading)])
    .map(([, read, passed]) => read ?? passed!)
    .concat(described)
    .filter((name) => !notOurs.has(name)),
);
const configuration = readFileSync(join(root, 'docs/configuration.md'), 'utf8');

test('docs/configuration.md names every variable that a program reads', () => {
  expect(named.size).toBeGreaterThan(10);
  expect([...named].filter((name) => !configuration.includes(`\`${name}\``))).toEqual([]);
});
