import { needsRehash, openPasswords } from '../signIn/passwords.ts';

const light = { m: 64, t: 1, p: 1 };

test('a hash is a PHC string of argon2id with 19 MiB, two passes and one lane', async () => {
  const hash = await openPasswords().hash('correct horse');
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  expect(needsRehash(hash)).toBe(false);
});

test('the same password has a different hash each time, and both verify', async () => {
  const passwords = openPasswords({ terms: light });
  const [one, other] = [await passwords.hash('correct horse'), await passwords.hash('correct horse')];
  expect(one).not.toBe(other);
  expect(await passwords.verify('correct horse', one)).toBe(true);
  expect(await passwords.verify('correct horse', other)).toBe(true);
  expect(await passwords.verify('correct horsf', one)).toBe(false);
});

test('the vector of the reference implementation verifies', async () => {
  const stored = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
  expect(await openPasswords().verify('password', stored)).toBe(true);
  expect(await openPasswords().verify('Password', stored)).toBe(false);
});

test('a composed and a decomposed letter are the same password', async () => {
  const passwords = openPasswords({ terms: light });
  expect(await passwords.verify('caf\u0065\u0301 noir', await passwords.hash('caf\u00e9 noir'))).toBe(true);
});

test('nothing of a long password is cut off', async () => {
  const passwords = openPasswords({ terms: light });
  const hash = await passwords.hash('x'.repeat(255) + 'a');
  expect(await passwords.verify('x'.repeat(255) + 'b', hash)).toBe(false);
});

test('hashes of weaker terms need to be made anew', async () => {
  const { hash } = openPasswords({ terms: light });
  expect(needsRehash(await hash('correct horse'))).toBe(true);
});

test('nobody verifies, and takes a place in the queue like everybody', async () => {
  const passwords = openPasswords({ atOnce: 1, waiting: 0, terms: light });
  const nobody = passwords.verify('correct horse', undefined);
  await expect(passwords.verify('correct horse', undefined)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(await nobody).toBe(false);
});

test('what the queue cannot hold is refused at once, and the rest is served', async () => {
  const passwords = openPasswords({ atOnce: 2, waiting: 3, terms: light });
  const asked = await Promise.allSettled(Array.from({ length: 9 }, () => passwords.hash('correct horse')));
  expect(asked.map(({ status }) => status)).toEqual([
    ...Array<string>(5).fill('fulfilled'),
    ...Array<string>(4).fill('rejected'),
  ]);
  await expect(passwords.hash('correct horse')).resolves.toContain('$argon2id$');
});
