import { randomUUID } from 'node:crypto';
import { until } from '../../shared/testing/harness.ts';
import { connect } from '../sql.ts';
import { graphForTests } from './graph.ts';

const graph = graphForTests();

const password = 'correct horse battery';
const done = async (query: string, variables: object, token?: string) => {
  const { data, errors } = await graph.ask(query, variables, token);
  if (errors) throw new Error(`${errors[0]!.extensions.code} ${errors[0]!.message}`);
  return data;
};
const standing = `{ me { id wallet { diamonds ledger { nodes { id amount } } } quests { quest { name } streak completions }
  completions { nodes { id status } } events { nodes { id type } } questCursor } }`;
const standingOf = async (token: string) => (await done(standing, {}, token)).me;
const guest = async (deviceId: string): Promise<string> => {
  const query = 'mutation ($input: GuestSignInInput!) { signInAsGuest(input: $input) { accessToken } }';
  return (await done(query, { input: { deviceId } })).signInAsGuest.accessToken;
};
const signIns = (token: string, count: number) =>
  until(async () => {
    const { nodes } = (await standingOf(token)).events as { nodes: { type: string }[] };
    return nodes.filter(({ type }) => type.endsWith('UserSignIn')).length === count;
  }, `${count} sign-ins to be counted`);

test('a guest who takes a name keeps wallet, ledger, quests, completions, events and the place in the stream', async () => {
  const deviceId = randomUUID();
  for (let n = 0; n < 3; n++) await guest(deviceId);
  const token = await guest(deviceId);
  await signIns(token, 4);
  await done('mutation { claimAllRewards { id } }', {}, token);
  const before = await standingOf(token);
  expect(before).toMatchObject({ wallet: { diamonds: 10 }, completions: { nodes: [{ status: 'CLAIMED' }] } });

  const name = `n${randomUUID().slice(0, 12)}`;
  const upgrade = 'mutation ($input: UpgradeGuestInput!) { upgradeGuest(input: $input) { id name } }';
  expect((await done(upgrade, { input: { name, password } }, token)).upgradeGuest).toEqual({ id: before.id, name });
  expect(await standingOf(token)).toEqual(before);

  // The guest's four sign-ins and this one are the five that the second quest asks for.
  const named = await graph.tokenOf(name, password);
  await signIns(named, 5);
  const after = await standingOf(named);
  expect(after).toMatchObject({ id: before.id, wallet: { diamonds: 10 } });
  expect(after.completions.nodes.slice(1)).toEqual(before.completions.nodes);
  expect(after.wallet.ledger.nodes.slice(1)).toEqual(before.wallet.ledger.nodes);
  expect(after.quests.find(({ quest }: { quest: { name: string } }) => quest.name === 'welcome-back').completions).toBe(
    1,
  );
  expect((await standingOf(await guest(deviceId))).id).not.toBe(before.id);
});

test('whoever was banned and is let in again has everything that was there before', async () => {
  const name = `n${randomUUID().slice(0, 12)}`;
  const query = 'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken user { id } } }';
  const { signUp } = await done(query, { input: { name, password } });
  for (let n = 0; n < 2; n++) await graph.tokenOf(name, password);
  await signIns(signUp.accessToken, 3);
  const before = await standingOf(signUp.accessToken);
  const operator = await graph.tokenOf('operator');
  const { id } = signUp.user;

  await done('mutation ($id: ID!) { banUser(id: $id, reason: "a test") { status } }', { id }, operator);
  await expect(graph.tokenOf(name, password)).rejects.toThrow('banned');
  const { unbanUser } = await done('mutation ($id: ID!) { unbanUser(id: $id) { status } }', { id }, operator);
  expect(unbanUser).toEqual({ status: 'ACTIVE' });
  const token = await graph.tokenOf(name, password);
  await signIns(token, 4);
  expect((await standingOf(token)).completions).toEqual(before.completions);
  const { errors } = await graph.ask(standing, {}, signUp.accessToken);
  expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
});

test('an event of somebody whom auth does not know hides no other event', async () => {
  const service = await graph.tokenOf('service');
  const stranger = randomUUID();
  const record = 'mutation ($events: [EventInput!]!) { recordEvents(events: $events) { id } }';
  const event = { id: randomUUID(), userId: stranger, type: 'StrayEvent', occurredAt: new Date().toISOString() };
  const refused = await graph.ask(record, { events: [event] }, service);
  expect(refused.errors?.[0]?.extensions.code).toBe('NOT_FOUND');
  // Progress knows of a sign-in that auth has lost.
  const progress = await connect(graph.databases.progress);
  await progress.query('insert into player (user_id) values ($1)', [stranger]);
  await progress.end();
  await done(record, { events: [event] }, service);
  const operator = await graph.tokenOf('operator');
  const { data } = await graph.ask('{ allEvents(first: 100) { nodes { type user { id name } } } }', {}, operator);
  const nodes = data.allEvents.nodes as { type: string; user: { id: string; name: string } }[];
  expect(nodes.find(({ type }) => type === 'StrayEvent')!.user).toEqual({ id: stranger, name: '(unknown)' });
  expect(nodes.length).toBeGreaterThan(1);
});
