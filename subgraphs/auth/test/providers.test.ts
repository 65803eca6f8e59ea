import { readProviders } from '../signIn/providers.ts';

const example = { name: 'example', issuer: 'https://accounts.example', clientId: 'a', clientSecret: 'hush' };

test('without a setting there is no provider', () => {
  expect(readProviders(undefined)).toEqual([]);
  expect(readProviders('[]')).toEqual([]);
  expect(readProviders(JSON.stringify([example]))).toEqual([example]);
});

test.each([
  ['no JSON', 'example', 'is not JSON'],
  ['no array', JSON.stringify(example), 'is not an array'],
  ['no name', JSON.stringify([{ ...example, name: 'Example!' }]), 'whose name is not'],
  ['nothing', '[null]', 'whose name is not'],
  ['no issuer', JSON.stringify([{ ...example, issuer: 'accounts' }]), 'no issuer for example'],
  ['an issuer without TLS', JSON.stringify([{ ...example, issuer: 'http://accounts.example' }]), 'not https'],
  ['no secret', JSON.stringify([{ ...example, clientSecret: '' }]), 'no clientId and clientSecret for example'],
  ['one name twice', JSON.stringify([example, example]), 'two entries of one name'],
])('%s is refused in words, without the secret', (_, text, words) => {
  const refusal = (() => {
    try {
      return void readProviders(text);
    } catch (error) {
      return String(error);
    }
  })();
  expect(refusal).toContain(words);
  expect(refusal).not.toContain('hush');
});
