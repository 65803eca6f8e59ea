import { pemsIn } from '../sessions/pem.ts';

const key = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----';
const inOneLine = key.replaceAll('\n', '\\n');

test.each([
  ['as it is', key, [key]],
  ['on one line', inOneLine, [key]],
  ['with the quotes of a .env file', `'${inOneLine}'`, [key]],
  ['with double quotes', `"${inOneLine}"\n`, [key]],
  ['two of them', `${inOneLine}\\n${inOneLine}`, [key, key]],
  ['none', 'no key', []],
  ['nothing', '', []],
  ['half of one', inOneLine.slice(0, -5), []],
])('a key is read %s', (_, text, expected) => {
  expect(pemsIn(text)).toEqual(expected);
});
