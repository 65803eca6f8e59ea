import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Data, graphForTests } from './graph.ts';
import { type DoorName, camelized, doorsTo, openGrpcClient, root } from './operationDoors.ts';

/** One table of calls, and every door that can carry them: what differs is the protocol alone. */

interface Case {
  call: string;
  as?: 'user' | 'operator' | 'service' | 'nobody';
  with?: Record<string, unknown>;
  /** Members of the answer. */
  answers?: Record<string, unknown>;
  /** Of the answer, which is a list. */
  count?: number;
  code?: string;
  /** Doors that cannot say it, and why. */
  skip?: Partial<Record<DoorName, string>>;
}

const cases = parse(readFileSync(join(root, 'operations/conformance.yaml'), 'utf8')) as Case[];
const graph = graphForTests();
const tokens = new Map<string | undefined, string | undefined>([['nobody', 'not.a.token']]);
let client: Data;
beforeAll(async () => {
  for (const name of ['user', 'operator', 'service']) tokens.set(name, await graph.tokenOf(name));
  client = openGrpcClient(graph);
});
afterAll(() => client.close());

describe.each(Object.entries(doorsTo(graph, () => client)))('by %s', (name, door) => {
  const said = cases.filter(({ skip }) => skip?.[name as DoorName] === undefined);
  test.each(said.map((one) => [`${one.call} as ${one.as ?? 'a stranger'}: ${one.code ?? 'an answer'}`, one] as const))(
    '%s',
    async (_, { call, as, with: variables = {}, answers, count, code }) => {
      const answer = await door(call, variables, tokens.get(as));
      if (code) return expect(answer).toEqual({ code });
      const { value } = answer as { value: Data };
      if (count !== undefined) expect(value).toHaveLength(count);
      if (answers) expect(value).toMatchObject(name === 'grpc' ? (camelized(answers) as object) : answers);
    },
  );
});
