import { readFileSync } from 'node:fs';
import type { Joining } from '../../local/joining.ts';
import { type Data, type Graph, graphForTests } from '../../local/test/graph.ts';
import joining from '../join.ts';

/** The three and the guests, on databases of their own, with the guests' quests. */
export function graphWithGuests(changed: Partial<Joining> = {}): Graph {
  const joined: Joining = { ...joining, ...changed };
  const graph = graphForTests(joined);
  beforeAll(() => importQuestsOf(graph, joined.quests));
  return graph;
}

export async function importQuestsOf(graph: Graph, files: readonly string[] = []): Promise<void> {
  const operator = await graph.tokenOf('operator');
  for (const file of files) {
    const { errors } = await graph.ask(
      'mutation ($yaml: String!) { importQuests(yaml: $yaml) { outcome } }',
      { yaml: readFileSync(file, 'utf8') },
      operator,
    );
    if (errors) throw new Error(errors[0]!.message);
  }
}

let people = 0;

/** A player nobody has met before. */
export async function newcomer(graph: Graph): Promise<{ id: string; name: string; token: string; password: string }> {
  const [name, password] = [`visitor-${++people}`, 'correct horse battery'];
  const { data } = await graph.ask(
    'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken user { id } } }',
    { input: { name, password } },
  );
  return { id: data.signUp.user.id, name, token: data.signUp.accessToken, password };
}

/** The names of the quests that a player has completed. */
export async function completed(graph: Graph, token: string): Promise<string[]> {
  const { data } = await graph.ask('{ me { completions { nodes { quest { name } } } } }', {}, token);
  return data.me.completions.nodes.map(({ quest }: Data) => quest.name);
}
