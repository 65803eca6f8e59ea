import { randomUUID } from 'node:crypto';
import type { Graph } from '../../local/test/graph.ts';
import { until } from '../../shared/testing/harness.ts';

/** A player of the test's own, with another way into the graph than the browser. */
export interface Player {
  name: string;
  password: string;
  /** Signs in as often, somewhere else, and waits until that many sign-ins are counted in all. */
  signInElsewhere(times: number, counted: number): Promise<void>;
  id(): Promise<string>;
  me(): Promise<Standing>;
  endAllSessions(): Promise<void>;
}

interface Standing {
  id: string;
  questCursor: string;
  wallet: { gold: number; diamonds: number };
  events: { nodes: { type: string }[] };
}

/** Signed up, which is the first sign-in, and counted. */
export async function newPlayer(graph: Graph): Promise<Player> {
  const name = `p${randomUUID().slice(0, 12)}`;
  const password = 'correct horse battery';
  const { data } = await graph.ask('mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }', {
    input: { name, password, timeZone: 'Europe/Berlin' },
  });
  const token = data.signUp.accessToken as string;
  const player: Player = {
    name,
    password,
    async signInElsewhere(times, counted) {
      for (let n = 0; n < times; n++) await graph.tokenOf(name, password);
      const signIns = async () => (await player.me()).events.nodes.filter(({ type }) => type.endsWith('UserSignIn'));
      await until(async () => (await signIns()).length === counted, `${counted} sign-ins to be counted`);
    },
    async me() {
      const query = '{ me { id questCursor wallet { gold diamonds } events(first: 100) { nodes { type } } } }';
      return (await graph.ask(query, {}, token)).data.me as Standing;
    },
    id: async () => (await player.me()).id,
    async endAllSessions() {
      await graph.ask('mutation { signOut(everywhere: true) }', {}, token);
    },
  };
  await player.signInElsewhere(0, 1);
  return player;
}
