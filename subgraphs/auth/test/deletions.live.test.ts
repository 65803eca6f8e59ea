import { type AuthDoor, goodPassword, openAuth } from './door.ts';

let auth: AuthDoor;
beforeAll(async () => (auth = await openAuth()));
afterAll(() => auth.stop());

const ask = (query: string, secret: string | undefined = auth.gatewaySecret) =>
  fetch(new URL(`/users/deleted${query}`, auth.endingsUrl), { headers: secret ? { 'x-gateway-secret': secret } : {} });
const told = async (query = '') =>
  ((await (await ask(query)).json()) as { deleted: { id: string; at: string }[] }).deleted;

async function leaves(name: string): Promise<string> {
  const { accessToken } = await auth.signUp({ name });
  const remove = 'mutation ($password: String) { deleteAccount(password: $password) }';
  await auth.ask(remove, { password: goodPassword }, accessToken);
  return (JSON.parse(atob(accessToken.split('.')[1]!)) as { sub: string }).sub;
}

test('who was deleted is told in order, and after any of them', async () => {
  const ids = [await leaves('first'), await leaves('second'), await leaves('third')];
  const all = await told();
  expect(all.map(({ id }) => id)).toEqual(ids);
  const { id, at } = all[1]!;
  expect(await told(`?since=${at}&after=${id}`)).toEqual(all.slice(2));
  expect(await told(`?since=${new Date(Date.now() + 60_000).toISOString()}`)).toEqual([]);
});

test('only to whoever shows the secret, and for what can be an instant and an id', async () => {
  expect((await ask('', 'another secret, which is just as long as it must be')).status).toBe(401);
  expect((await ask('?since=yesterday')).status).toBe(400);
  expect((await ask("?after=';drop")).status).toBe(400);
});
