import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Metadata, type ServiceError, credentials, loadPackageDefinition, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { until } from '../../shared/testing/harness.ts';
import { type Data, graphForTests } from './graph.ts';

/** By the client of gRPC's own makers, from the committed file: what a game server or a back office would do. */
const graph = graphForTests();
const proto = join(import.meta.dirname, '../../proto/questline.proto');
let client: Data;
beforeAll(() => {
  const loaded = loadPackageDefinition(
    loadSync(proto, { keepCase: true, longs: Number, enums: String, defaults: true }),
  ) as Data;
  client = new loaded.questline.v1.Questline(`127.0.0.1:${graph.grpcPort()}`, credentials.createInsecure());
});
afterAll(() => client.close());

const withToken = (token: string) => {
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  return metadata;
};
const call = (method: string, request: object = {}, token?: string): Promise<Data> =>
  new Promise((resolve, reject) => {
    client[method](request, token === undefined ? new Metadata() : withToken(token), (error: unknown, answer: Data) =>
      error ? reject(error as Error) : resolve(answer),
    );
  });
const refused = async (work: Promise<unknown>) => {
  const error = (await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )) as ServiceError;
  return [error.code, error.metadata.get('error-code')[0]];
};

test('all quests, and one by its name', async () => {
  const token = await graph.tokenOf('user');
  const { quests } = await call('GetAllQuests', {}, token);
  expect(quests.nodes.map((one: Data) => one.name)).toContain('sign-in-three-times');
  const { quest_by_name: quest } = await call('GetQuestInfo', { name: 'sign-in-three-times' }, token);
  expect(quest).toMatchObject({ streak: 3, duplication: 2, rewards: [{ item: 'DIAMOND', quantity: 10 }] });
  expect(await refused(call('GetQuestInfo', { name: 'nothing-of-the-kind' }, token))).toEqual([
    status.NOT_FOUND,
    'NOT_FOUND',
  ]);
  expect(await refused(call('GetAllQuests'))).toEqual([status.UNAUTHENTICATED, 'UNAUTHENTICATED']);
});

test('a player is told of a completion, claims it, and resumes the stream behind it', async () => {
  const name = `g${randomUUID().slice(0, 12)}`;
  const password = 'correct horse battery';
  const { sign_up: session } = await call('SignUp', { name, password });
  const token = session.access_token as string;
  const listen = (after?: string) => {
    const heard: Data[] = [];
    const stream = client.StreamPopups({ ...(after && { after }) }, withToken(token));
    stream.on('data', ({ quest_completed: popup }: Data) => heard.push(popup));
    stream.on('error', () => undefined);
    return { heard, end: () => stream.cancel() };
  };
  const { me } = await call('GetMe', {}, token);
  const first = listen(me.quest_cursor);
  for (let n = 0; n < 2; n++) await call('SignIn', { name, password });
  const isCanonical = (popup: Data) => popup.quest.name === 'sign-in-three-times';
  const popup = await until(() => first.heard.find(isCanonical), 'the popup is heard');
  first.end();
  const { claim_reward: claimed } = await call('ClaimReward', { completion_id: popup.completion.id }, token);
  expect(claimed.status).toBe('CLAIMED');
  expect((await call('GetMe', {}, token)).me.wallet.diamonds).toBe(10);
  const again = listen(me.quest_cursor);
  expect((await until(() => again.heard.find(isCanonical), 'it is heard again')).completion.id).toBe(
    popup.completion.id,
  );
  again.end();
});

test('who may not is told so by a status', async () => {
  const [user, service] = await Promise.all([graph.tokenOf('user'), graph.tokenOf('service')]);
  const { me } = await call('GetMe', {}, user);
  const event = { id: randomUUID(), user_id: me.id, type: 'MatchWon', occurred_at: new Date().toISOString() };
  expect(await refused(call('RecordEvents', { events: [event] }, user))).toEqual([
    status.PERMISSION_DENIED,
    'FORBIDDEN',
  ]);
  expect(await refused(call('RecordEvents', { events: [event] }))).toEqual([status.UNAUTHENTICATED, 'UNAUTHENTICATED']);
  expect(await refused(call('RecordEvents', { events: [] }, service))).toEqual([
    status.INVALID_ARGUMENT,
    'BAD_USER_INPUT',
  ]);
  expect(await refused(call('SignIn', { name: 'user', password: 'wrong password' }))).toEqual([
    status.UNAUTHENTICATED,
    'INVALID_CREDENTIALS',
  ]);
  const data = { fields: { score: { numberValue: 7 } } };
  expect(await call('RecordEvents', { events: [{ ...event, data: { structValue: data } }] }, service)).toMatchObject({
    record_events: [{ id: event.id }],
  });
});

describe('a number too large for a double', () => {
  const byJson = async (event: string) => {
    const response = await fetch(new URL('/questline.v1.Questline/RecordEvents', graph.url()), {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await graph.tokenOf('service')}` },
      body: `{"events":[{"type":"MatchWon","occurred_at":"${new Date().toISOString()}",${event}}]}`,
    });
    return { status: response.status, text: await response.text() };
  };
  const ids = ['9007199254740993', '12345678901234567891', '1e21'];

  test.each(ids)('%s is no id in the JSON of Connect', async (id) => {
    for (const event of [`"id":${id},"user_id":"${randomUUID()}"`, `"id":"one","user_id":${id}`]) {
      const { status, text } = await byJson(event);
      // A text of Protobuf is never read from a number, of whatever size.
      expect([status, text]).toEqual([400, expect.stringContaining('invalid_argument')]);
    }
  });
  test.each(ids)('%s is not taken within data either, as a double or by Connect', async (number) => {
    const id = randomUUID();
    const [userId, data] = [randomUUID(), { structValue: { fields: { match: { numberValue: Number(number) } } } }];
    const event = { id, user_id: userId, type: 'MatchWon', occurred_at: new Date().toISOString(), data };
    const sent = call('RecordEvents', { events: [event] }, await graph.tokenOf('service'));
    await expect(sent).rejects.toThrow('send it as text');
    const { status, text } = await byJson(`"id":"${id}","user_id":"${userId}","data":{"match":${number}}`);
    expect([status, text]).toEqual([400, expect.stringContaining('send it as text')]);
  });
});
