import { documentRows } from '../../gateway/test/attacks/documentRows.ts';
import type { Client } from '../client.ts';

/** One message of an attack; it may be refused, and it may fail. `token`: of the attackers, who are a player too. */
export type Blow = (client: Client, count: number, token: string) => Promise<unknown>;

/** Made anew each time, so that no cache of documents helps: what is refused must be refused cheaply. */
const different = (query: string, count: number) => `${query} # ${count}`;

const heavy = ['Q1', 'Q7', 'Q8', 'Q9', 'Q10', 'Q11', 'Q13', 'Q15', 'Q16', 'Q17', 'Q19', 'Q21', 'Q24'];

/** Attacks that cost something, in loops: those of the attack table, and some that are no mistake but only much. */
export const attacks: [name: string, blow: Blow][] = [
  ...documentRows
    .filter(({ id }) => heavy.includes(id))
    .map(({ id, attack, query, variables }): [string, Blow] => [
      `${id} ${attack}`,
      (client, count) => client.ask(different(query, count), variables),
    ]),
  ['H12 bodies of 90 KB', (client, count) => client.ask('{ me { id } }', { x: 'x'.repeat(90_000), count })],
  [
    'A5 wrong passwords',
    (client, count) =>
      client.ask('mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }', {
        input: { name: `victim${count}`, password: 'wrong password' },
      }),
  ],
  [
    'A5 wrong passwords from ever new addresses',
    (client, count) =>
      client.ask(
        'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }',
        { input: { name: `victim${count}`, password: 'wrong password' } },
        undefined,
        { 'x-forwarded-for': `2001:db8:${(count % 65_000).toString(16)}::1` },
      ),
  ],
  [
    'J1 ever new forged tokens',
    (client, count) =>
      client.ask('{ me { id } }', {}, `eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6Ing${count}In0.e30.AAAA`),
  ],
  [
    'ever new documents as large as may be',
    (client, count) =>
      client.ask(
        `{ ${Array.from({ length: 3 }, (_, n) => `q${count}_${n}: quests(first: 60) { nodes { id name title rewards { id name item quantity } } }`).join(' ')} }`,
      ),
  ],
];
