import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TypeInfo, visit, visitWithTypeInfo } from 'graphql';
import { parse } from 'yaml';
import { loadOperations } from '../../gateway/operations/operations.ts';
import { readGraph, readPolicies } from './policyTable.ts';

const folder = join(import.meta.dirname, '../../operations');
const { schema, roots } = readGraph('supergraph.yaml');
const { byName, routes, grpc } = loadOperations(folder);
const leftOut = parse(readFileSync(join(folder, 'left-out.yaml'), 'utf8')) as Record<string, string>;

/** `Query.me` of each field at the root that some operation selects. */
function reached(): Set<string> {
  const found = new Set<string>();
  const types = new TypeInfo(schema);
  const names = new Set(roots.map(({ name }) => name));
  for (const { document } of byName.values())
    visit(
      document,
      visitWithTypeInfo(types, {
        Field({ name }) {
          const parent = types.getParentType()?.name ?? '';
          if (names.has(parent)) found.add(`${parent}.${name.value}`);
        },
      }),
    );
  return found;
}

test('every field that policy.yaml opens to anybody is reached by an operation, or left out with a reason', () => {
  const policy = readPolicies('policy.yaml');
  const open = roots.flatMap(({ name }) => Object.keys(policy[name] ?? {}).map((field) => `${name}.${field}`));
  const told = [...reached(), ...Object.keys(leftOut)].sort();
  expect(told).toEqual([...new Set(told)]); // none is both
  expect(told).toEqual(open.sort());
  for (const reason of Object.values(leftOut)) expect(reason.length).toBeGreaterThan(20);
});

test('every operation has an address over REST, but for those that only gRPC needs', () => {
  const addressed = new Set(routes.map(({ operation }) => operation.name));
  expect([...byName.keys()].filter((name) => !addressed.has(name))).toEqual(['listAllQuests']);
  expect(grpc).toBeDefined();
});

test('operations take every argument that the graph has', () => {
  const missing: string[] = [];
  const types = new TypeInfo(schema);
  for (const { name, document } of byName.values())
    visit(
      document,
      visitWithTypeInfo(types, {
        Field(node) {
          const root = roots.find((one) => one === types.getParentType());
          const field = types.getFieldDef();
          if (!root || !field) return;
          const given = new Set((node.arguments ?? []).map((one) => one.name.value));
          for (const one of field.args) if (!given.has(one.name)) missing.push(`${name}: ${one.name}`);
        },
      }),
    );
  // These are what the first specifications ask for without any argument, or say elsewhere: the list of all has no pages.
  expect(missing.sort()).toEqual(['listAllQuests: after', 'listAllQuests: filter']);
});
