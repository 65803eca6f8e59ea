import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import jsonwebtoken from 'jsonwebtoken';
import { loadSupergraph } from '../../gateway/supergraph/supergraph.ts';
import { tokenTerms } from '../../shared/identity.ts';
import { type Question, canonical } from './load.ts';

export interface Load {
  title: string;
  subgraphs: string;
  /** The composed schema, with the subgraphs at this origin. */
  supergraph(origin: string): string;
  questions: Question[];
  /** In canonical text; one that is not known yet is what the first gateway answers. */
  expected: (string | undefined)[];
  env?: Record<string, string>;
}

const read = (file: string) => readFileSync(new URL(`./data/${file}`, import.meta.url), 'utf8');

export const heavyLoad: Load = {
  title: 'Heavy: 16 fetches, 88 kB, 50 connections',
  subgraphs: 'heavy.ts',
  supergraph: (origin) => read('supergraph.graphql').replaceAll('http://127.0.0.1:35200', origin),
  questions: [{ headers: {}, body: JSON.stringify({ query: read('operation.graphql') }) }],
  expected: [canonical(JSON.parse(read('expected.json')))],
};

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const { algorithm, issuer, audience, type } = tokenTerms;

function tokenOf(player: number): string {
  const claims = { sid: `session-${player}`, roles: ['PLAYER'] };
  const header = { alg: algorithm, typ: type };
  return jsonwebtoken.sign(claims, privateKey, {
    ...{ algorithm, issuer, audience, header },
    subject: `player-${player}`,
    expiresIn: '1h',
    keyid: 'bench',
  });
}

const operations = [
  { query: 'query Me { me { id name status } }' },
  { query: 'query Standing { me { id name wallet { gold diamonds } } }' },
  {
    query:
      'query Quests($first: Int!) { quests(first: $first) { nodes { id title streak rewards { item quantity } } } }',
    variables: { first: 5 },
  },
  {
    query:
      'query Progress { me { quests { streak completions remaining quest { title rewards { item quantity } } } } }',
  },
  { query: 'query Quest($id: ID!) { quest(id: $id) { title description } }', variables: { id: 'quest-1' } },
];

const players = Array.from({ length: 1000 }, (_, player) => ({ authorization: `Bearer ${tokenOf(player)}` }));
const bodies = operations.map((operation) => JSON.stringify(operation));

/** Ten thousand requests of a thousand players, each with a token of its own; equal ones are far apart, so none can be shared. */
export const smallLoad: Load = {
  title: 'Small: a game client over our own graph, 1,000 players, 50 connections',
  subgraphs: 'small.ts',
  supergraph: (origin) =>
    loadSupergraph({
      file: new URL('../../supergraph.yaml', import.meta.url).pathname,
      urls: Object.fromEntries(['auth', 'catalog', 'progress'].map((name) => [name, `${origin}/${name}`])),
    }),
  questions: [...players, ...players].flatMap((headers) => bodies.map((body) => ({ headers, body }))),
  expected: [],
  env: { BENCH_KEY: publicKey.export({ type: 'spki', format: 'pem' }) as string },
};
