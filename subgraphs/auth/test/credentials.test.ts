import {
  deviceIdProblem,
  idempotencyKeyProblem,
  nameProblem,
  newNameProblem,
  newPasswordProblem,
  passwordProblem,
} from '../signIn/credentials.rules.ts';

test.each(['ada', 'Ada.Lovelace-1815_x', 'a23', 'x'.repeat(32), 'guestbook'])('the name %j is acceptable', (name) => {
  expect(newNameProblem(name)).toBeUndefined();
});

test.each([
  ['', '3 to 32'],
  ['ab', '3 to 32'],
  ['x'.repeat(33), '3 to 32'],
  ['1ada', 'begins with a letter'],
  ['-ada', 'begins with a letter'],
  ['ada lovelace', 'consists of'],
  ['ada\0', 'consists of'],
  ['ada\n', 'consists of'],
  ['аda', 'begins with a letter'],
  ['adä', 'consists of'],
  ["ada' or 1=1--", 'consists of'],
  ['Guest-abcd2345', 'given by the server'],
])('the name %j is refused: %s', (name, rule) => {
  expect(newNameProblem(name)).toContain(rule);
});

test('a guest signs in under no name, but the name itself is well formed', () => {
  expect(nameProblem('guest-abcd2345')).toBeUndefined();
});

test.each([
  'correct horse',
  'x'.repeat(255) + 'y',
  'пароль-из-слов',
  '🦄🐙🦊🐳🦉🐝🦋🐢',
  '        a',
  'abcdefg1',
  'aaaaaaab',
])('the password %j may be chosen', (password) => {
  expect(newPasswordProblem(password, 'ada')).toBeUndefined();
});

test.each([
  ['1234567', 'at least 8'],
  ['🦄🐙🦊🐳', 'at least 8'],
  ['x'.repeat(257), 'at most 256'],
  ['x'.repeat(1_000_000), 'at most 256'],
  ['good enough\0', 'NUL'],
  ['password', 'most used'],
  ['PassWord1', 'most used'],
  ['password123456789', 'most used'],
  ['qwertyuiop', 'most used'],
  ['zzzzzzzz', 'repeated'],
  ['ghijklmnop', 'plain sequence'],
  ['zyxwvuts', 'plain sequence'],
  ['Countess', 'differ from the name'],
])('the password %j is refused: %s', (password, rule) => {
  expect(newPasswordProblem(password, 'countess')).toContain(rule);
});

test('a password is judged by length before anything looks into it', () => {
  expect(passwordProblem('password')).toBeUndefined();
  expect(passwordProblem('\0'.repeat(257))).toContain('at most 256');
});

test.each([
  [16, true],
  [128, true],
  [15, false],
  [129, false],
])('a device id of %i characters: acceptable is %s', (length, acceptable) => {
  expect(deviceIdProblem('d'.repeat(length)) === undefined).toBe(acceptable);
});

test.each([
  ['k', true],
  ['k'.repeat(100), true],
  ['2026-11-21 09:30 {retry}', true],
  ['', false],
  ['k'.repeat(101), false],
  ['k\0', false],
  ['k\n', false],
  ['schlüssel', false],
])('the idempotency key %j: acceptable is %s', (key, acceptable) => {
  expect(idempotencyKeyProblem(key) === undefined).toBe(acceptable);
});
