import { generateKeyPairSync } from 'node:crypto';
import { byKeys, openViewers } from '../identity/viewers.ts';
import { keys, tokenFor } from './graph.ts';

const refused = { code: 'UNAUTHENTICATED' };

test('a token means its viewer, each time it comes', async () => {
  const viewers = openViewers(byKeys(keys));
  const token = tokenFor('ada');
  for (let time = 0; time < 3; time++) expect(await viewers(token)).toMatchObject({ id: 'ada' });
  expect(await viewers(tokenFor('bob'))).toMatchObject({ id: 'bob' });
  expect(await viewers(undefined)).toBeNull();
});

test('a token that was good before is refused once its key is not published any more, or is another', async () => {
  let published = keys;
  const viewers = openViewers(byKeys((kid) => published(kid)));
  const token = tokenFor('ada');
  expect(await viewers(token)).toMatchObject({ id: 'ada' });
  published = () => Promise.resolve(undefined);
  await expect(viewers(token)).rejects.toMatchObject(refused);
  published = () => Promise.resolve(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey);
  await expect(viewers(token)).rejects.toMatchObject(refused);
  published = keys;
  expect(await viewers(token)).toMatchObject({ id: 'ada' });
});

test('a token that was good before is refused once it has ended', async () => {
  const viewers = openViewers(byKeys(keys));
  const token = tokenFor('ada', 1);
  const { expiresAt } = (await viewers(token))!;
  await new Promise((resolve) => setTimeout(resolve, expiresAt * 1000 - Date.now() + 5));
  await expect(viewers(token)).rejects.toMatchObject(refused);
});

test('a refused token is never remembered as anybody', async () => {
  const viewers = openViewers(byKeys(keys));
  const [head, body] = tokenFor('ada').split('.');
  for (let time = 0; time < 2; time++) await expect(viewers(`${head}.${body}.bad`)).rejects.toMatchObject(refused);
});

test('more tokens than are kept are verified all the same', async () => {
  const viewers = openViewers(byKeys(keys), undefined, 2);
  const tokens = ['ada', 'bob', 'cyd', 'ada', 'dan'].map((name) => [name, tokenFor(name)] as const);
  for (const [id, token] of [...tokens, ...tokens]) expect(await viewers(token)).toMatchObject({ id });
});
