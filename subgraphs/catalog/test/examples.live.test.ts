import { readFileSync, readdirSync } from 'node:fs';
import { catalogForTests } from './catalog.ts';

const catalog = catalogForTests();

const folder = new URL('../../../examples/quests/', import.meta.url);
const files = readdirSync(folder);
const importQuests = async (yaml: string) => {
  const { data, errors } = await catalog.ask<{ importQuests: { name: string; outcome: string; version: number }[] }>(
    'operator',
    'mutation ($yaml: String!) { importQuests(yaml: $yaml) { name outcome version } }',
    { yaml },
  );
  expect(errors).toBeUndefined();
  return data.importQuests;
};

test.each(files)('%s comes in, and a second time changes nothing', async (file) => {
  const yaml = readFileSync(new URL(file, folder), 'utf8');
  const created = await importQuests(yaml);
  expect(created.map(({ outcome, version }) => [outcome, version])).toEqual(created.map(() => ['CREATED', 1]));
  const again = await importQuests(yaml);
  expect(again).toEqual(created.map(({ name }) => ({ name, outcome: 'UNCHANGED', version: 1 })));
});

test('all of them come out, and in again, as they were', async () => {
  const { data } = await catalog.ask<{ exportQuests: string }>('operator', '{ exportQuests }');
  const back = await importQuests(data.exportQuests);
  expect(back.map(({ outcome }) => outcome)).toEqual(back.map(() => 'UNCHANGED'));
  expect(files).toHaveLength(5);
  expect(back.filter(({ name }) => /^(daily|weekly)-/.test(name))).toHaveLength(24);
});
