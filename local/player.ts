import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws';

/** A player as a game sees one: everything goes through the gateway's own address. */
export interface Player {
  enter(door: 'signUp' | 'signIn'): Promise<void>;
  /** Resolves to the status of the completion. */
  claim(completionId: string): Promise<string>;
  standing(): Promise<Standing>;
  /** Listens with the session that is open now; `next` rejects when nothing pops up within the patience. */
  listen(after: string): { next(): Promise<Popup>; stop(): Promise<void> };
}

export interface Standing {
  questCursor: string;
  wallet: { gold: number; diamonds: number };
  quests: { streak: number; completions: number; remaining: number; quest: { name: string } }[];
  completions: { nodes: { id: string }[] };
  events: { nodes: { type: string }[] };
}

export interface Popup {
  completion: { id: string; number: number; status: string };
  quest: { name: string; rewards: { item: string; quantity: number }[] };
  user: { name: string; wallet: { gold: number; diamonds: number } };
}

export function openPlayer(url: string, credentials: { name: string; password: string }, patienceMs: number): Player {
  let accessToken = '';
  const ask = async <Data>(query: string, variables: object = {}): Promise<Data> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(accessToken && { authorization: `Bearer ${accessToken}` }) },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(patienceMs),
    });
    const { data, errors } = (await response.json()) as { data: Data; errors?: unknown[] };
    if (errors) throw new Error(`the graph answered ${JSON.stringify(errors)}`);
    return data;
  };

  return {
    async enter(door) {
      const input = door === 'signUp' ? 'SignUpInput!' : 'SignInInput!';
      const query = `mutation ($input: ${input}) { session: ${door}(input: $input) { accessToken } }`;
      const { session } = await ask<{ session: { accessToken: string } }>(query, { input: credentials });
      accessToken = session.accessToken;
    },
    async claim(id) {
      const query = 'mutation ($id: ID!) { claimReward(completionId: $id) { status } }';
      return (await ask<{ claimReward: { status: string } }>(query, { id })).claimReward.status;
    },
    async standing() {
      const query = `{ me {
        questCursor wallet { gold diamonds } quests { streak completions remaining quest { name } }
        completions { nodes { id } } events(first: 100) { nodes { type } }
      } }`;
      return (await ask<{ me: Standing }>(query)).me;
    },
    listen(after) {
      const socket = createClient({
        url: url.replace(/^http/, 'ws'),
        connectionParams: { authorization: `Bearer ${accessToken}` },
        retryAttempts: 0,
      });
      const popups = socket.iterate<{ questCompleted: Popup }>({
        query: `subscription ($after: String) { questCompleted(after: $after) {
          completion { id number status } quest { name rewards { item quantity } } user { name wallet { gold diamonds } }
        } }`,
        variables: { after },
      });
      return {
        async next() {
          const popup = await Promise.race([popups.next(), sleep(patienceMs)]);
          if (!popup || popup.done) throw new Error(`nothing popped up within ${patienceMs / 1000} s`);
          if (!popup.value.data) throw new Error(`instead of a popup came ${JSON.stringify(popup.value)}`);
          return popup.value.data.questCompleted;
        },
        stop: async () => socket.dispose(),
      };
    },
  };
}
