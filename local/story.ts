import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Of the four players whom the demo tells of. */
export const storyPassword = 'tell me a story';

/**
 * What happened in the demo before anyone looks: ada has just begun, ben is one sign-in short of a reward, cleo plays every day and has not
 * claimed all that is hers, dan was banned. Everything comes in by the graph's own door and bears an id, so a story that was broken off is
 * taken up where it stopped; the ban comes last, and says that it was told.
 */
export async function tellStory(url: string, signal: AbortSignal): Promise<void> {
  const teller = openTeller(url, signal);
  const operator = await teller.enter('operator', 'password');
  const { users } = await operator<{ users: { nodes: { status: string }[] } }>(
    '{ users(search: "dan", first: 1) { nodes { status } } }',
  );
  if (users.nodes[0]?.status === 'BANNED') return;
  const service = await teller.enter('service', 'password');

  await teller.meet('ada', 'Europe/Berlin', 1);
  await teller.meet('ben', 'America/New_York', 2);
  const cleo = await teller.meet('cleo', 'Asia/Tokyo', 6);
  await report(service, cleo, 'LevelFinished', (n) => ({ daysBefore: n % 12, data: { level: 24 - n } }), 24);
  await claimTheFirst(cleo, signal);
  const dan = await teller.meet('dan', 'UTC', 1);
  await report(service, dan, 'MatchWon', () => ({ daysBefore: 2, data: { seconds: 2 } }), 30);
  await operator('mutation ($id: ID!, $reason: String) { banUser(id: $id, reason: $reason) { id } }', {
    id: (await whoIs(dan)).id,
    reason: 'Won thirty matches within a minute.',
  });
}

/** Imports the quests of each file, unless they are there already: they stay as operators have made them. */
export async function importQuests(url: string, files: readonly string[]): Promise<void> {
  if (files.length === 0) return;
  const operator = await openTeller(url, new AbortController().signal).enter('operator', 'password');
  for (const file of files) await importOnce(operator, readFileSync(file, 'utf8'));
}

async function importOnce(operator: Ask, yaml: string): Promise<void> {
  const importing = (dryRun: boolean) =>
    operator<{ importQuests: { outcome: string }[] }>(
      'mutation ($yaml: String!, $dryRun: Boolean!) { importQuests(yaml: $yaml, dryRun: $dryRun) { outcome } }',
      { yaml, dryRun },
    );
  const planned = await importing(true).catch(() => undefined);
  if (planned?.importQuests.every(({ outcome }) => outcome === 'CREATED')) await importing(false);
}

type Ask = <Data>(query: string, variables?: object) => Promise<Data>;

/** Talks to the graph as one who is signed in. */
function openTeller(url: string, signal: AbortSignal) {
  const asking =
    (accessToken?: string): Ask =>
    async <Data>(query: string, variables = {}) => {
      // Between two requests, so that what was begun is done.
      signal.throwIfAborted();
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(accessToken && { authorization: `Bearer ${accessToken}` }) },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors } = (await response.json()) as { data: Data; errors?: { message: string }[] };
      if (errors) throw new Error(errors[0]!.message);
      return data;
    };
  const enter = async (name: string, password: string, more: { timeZone?: string; idempotencyKey?: string } = {}) => {
    const [door, type] = more.timeZone ? ['signUp', 'SignUpInput'] : ['signIn', 'SignInInput'];
    const query = `mutation ($input: ${type}!) { session: ${door}(input: $input) { accessToken } }`;
    const { session } = await asking()<{ session: { accessToken: string } }>(query, {
      input: { name, password, ...more },
    });
    return asking(session.accessToken);
  };
  return {
    enter,
    /** A player who has signed in so often. */
    async meet(name: string, timeZone: string, times: number): Promise<Ask> {
      let ask = await enter(name, storyPassword, { timeZone, idempotencyKey: 'story 1' });
      for (let time = 2; time <= times; time++)
        ask = await enter(name, storyPassword, { idempotencyKey: `story ${time}` });
      return ask;
    },
  };
}

const whoIs = async (ask: Ask) =>
  (await ask<{ me: { id: string; name: string; createdAt: string } }>('{ me { id name createdAt } }')).me;

/** The game's own server tells what a player did on the days before the sign-up, in even steps. */
async function report(
  service: Ask,
  player: Ask,
  type: string,
  facts: (n: number) => { daysBefore: number; data: object },
  times: number,
): Promise<void> {
  const { id: userId, name, createdAt } = await whoIs(player);
  const events = Array.from({ length: times }, (_, n) => {
    const { daysBefore, data } = facts(n);
    const occurredAt = new Date(createdAt);
    occurredAt.setUTCDate(occurredAt.getUTCDate() - daysBefore);
    occurredAt.setUTCSeconds(occurredAt.getUTCSeconds() - 2 * n);
    return { id: `story-${name}-${n + 1}`, userId, type, occurredAt, data };
  });
  await service('mutation ($events: [EventInput!]!) { recordEvents(events: $events) { id } }', { events });
}

/** Of two completions that are to be claimed; they come a moment after the sign-ins, unless an operator has changed the quests. */
async function claimTheFirst(player: Ask, signal: AbortSignal): Promise<void> {
  const query = '{ me { completions { nodes { id number quest { autoClaim } } } } }';
  type Completions = {
    me: { completions: { nodes: { id: string; number: number; quest: { autoClaim: boolean } }[] } };
  };
  for (let look = 0; look < 50; look++) {
    const { completions } = (await player<Completions>(query)).me;
    const claimable = completions.nodes.filter(({ quest }) => !quest.autoClaim);
    const first = claimable.find(({ number }) => number === 1);
    if (claimable.length > 1 && first)
      return void (await player('mutation ($id: ID!) { claimReward(completionId: $id) { id } }', { id: first.id }));
    await sleep(200, undefined, { signal });
  }
}
