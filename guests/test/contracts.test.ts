import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadOperations } from '../../gateway/operations/operations.ts';
import { contractsOfJoining } from '../../local/contracts.ts';
import joining from '../join.ts';

const contracts = contractsOfJoining(joining);

test('the committed contracts of the guests are those of their operations', () => {
  expect(contracts).toHaveLength(3 * joining.operations.length);
  // After a change of an operation or of a schema: npm run operations
  for (const { file, text } of contracts) expect([file, readFileSync(file, 'utf8')]).toEqual([file, text]);
});

test('in the one service of all, messages of guests have the numbers that were committed', () => {
  const folders = ['operations', ...joining.operations];
  const numbers = folders.map((folder) => JSON.parse(readFileSync(join(folder, 'grpc.lock.json'), 'utf8')) as object);
  expect(loadOperations(...folders).grpc!.lock).toEqual(Object.assign({}, ...numbers));
  // None stands in two folders, where one could change it for the other.
  const names = numbers.flatMap((one) => Object.keys(one));
  expect(new Set(names).size).toBe(names.length);
});
