import { generateKeyPairSync } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import { pino } from 'pino';
import { Refusal } from '../../shared/errors.ts';
import { type Viewer, signedIn, tokenTerms } from '../../shared/identity.ts';
import { type Caller, type Subgraph, startSubgraph } from '../../shared/subgraph/subgraph.ts';
import type { GatewaySettings } from '../gatewaySettings.ts';
import { type Gateway, startGateway } from '../server.ts';
import { Queue } from '../subscriptions/groups/queue.ts';
import { json } from './request.ts';
import { type Tellings, openTellings } from './tellings.ts';

export const gatewaySecret = 'a secret that only tests have, and it is long';
export const supergraphFile = new URL('./schemas/supergraph.yaml', import.meta.url).pathname;
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const keys = (kid: string) => Promise.resolve(kid === 'test' ? publicKey : undefined);

/** What `Authorization` carries for this person. */
export function tokenFor(id: string, seconds = 60, roles = ['PLAYER']): string {
  const { algorithm, issuer, audience, type } = tokenTerms;
  const claims = { sid: `session-of-${id}`, roles };
  return `Bearer ${jsonwebtoken.sign(claims, privateKey, { algorithm, issuer, audience, subject: id, expiresIn: seconds, keyid: 'test', header: { alg: algorithm, typ: type } })}`;
}

interface Deed {
  number: number;
  thing: { id: string };
  person: { id: string };
}

export interface TestGraph {
  gateway: Gateway;
  url: string;
  socketUrl: string;
  /** Lines that the gateway logged. */
  logged: string[];
  /** Open streams at the subgraph `deeds`. */
  streams: Set<Queue<Deed>>;
  subgraphs: Record<'people' | 'things' | 'deeds', Subgraph>;
  /** The person does a thing, and who listens for that person hears of it. */
  did(person: string, thing: string): void;
  tellings: Tellings;
  /** Who asked for the title of which thing. */
  titlesAsked: { viewer: string | undefined; id: string }[];
  /** Ends the subgraph's process as far as others can tell; resolves to what brings it back at the same address. */
  leave(name: 'deeds'): Promise<() => Promise<void>>;
  ask(query: string, variables?: Record<string, unknown>, headers?: Record<string, string>): Promise<Answer>;
  stop(): Promise<void>;
}

export interface Answer {
  status: number;
  headers: Headers;
  data?: Record<string, never> | null;
  errors?: { message: string; path?: (string | number)[]; extensions: { code: string; serviceName?: string } }[];
}

/** Three small real subgraphs behind a real gateway, all on ports of their own. */
export async function startTestGraph(
  changes: Partial<GatewaySettings> = {},
  file = supergraphFile,
): Promise<TestGraph> {
  const logged: string[] = [];
  const silent = pino({ level: 'silent' });
  const log = pino({ level: 'info' }, { write: (line: string) => void logged.push(line) });
  const streams = new Set<Queue<Deed>>();
  const owners = new WeakMap<Queue<Deed>, Viewer>();
  let count = 0;
  const tellings = openTellings();
  const titlesAsked: TestGraph['titlesAsked'] = [];
  const start = (name: string, resolvers: object, port = 0) =>
    startSubgraph<{ caller: Caller }>({
      schemaFile: new URL(`./schemas/${name}.graphql`, import.meta.url),
      resolvers,
      context: (caller) => ({ caller }),
      host: '127.0.0.1',
      port,
      gatewaySecret,
      keys,
      log: silent,
      ready: () => Promise.resolve(),
    });
  const person = (id: string) => ({ id, name: `${id} the brave`, fame: id.length });
  const people = await start('people', {
    Query: {
      me: (_: unknown, __: unknown, { caller }: { caller: Caller }) => caller.viewer && person(caller.viewer.id),
      people: () => [person('ada'), person('bob')],
      broken() {
        throw new Error('select * from secrets at /srv/app/store.ts');
      },
      born: () => 1,
      hello: (_: unknown, { name, times }: { name: string; times: number }) =>
        Array(times).fill(`hello ${name}`).join(', '),
    },
    Mutation: {
      signIn: (_: unknown, { name }: { name: string }) => tokenFor(name),
      rename: (_: unknown, { name }: { name: string }, { caller }: { caller: Caller }) => ({
        ...person(signedIn(caller.viewer).id),
        name,
      }),
    },
    Person: { __resolveReference: ({ id }: { id: string }) => person(id) },
  });
  const things = await start('things', {
    Query: { things: () => [{ id: 't1' }, { id: 't2' }] },
    Thing: {
      __resolveReference({ id }: { id: string }, { caller }: { caller: Caller }) {
        titlesAsked.push({ viewer: caller.viewer?.id, id });
        return { id };
      },
      title({ id }: { id: string }) {
        if (id === 'broken') throw new Error('it is broken');
        return `Thing ${id}`;
      },
      parent: () => null,
    },
  });
  const ofDeeds = {
    Query: { deeds: () => count },
    Mutation: {
      do: (_: unknown, { thing }: { thing: string }, { caller }: { caller: Caller }) => (
        did(signedIn(caller.viewer).id, thing),
        count
      ),
    },
    Subscription: {
      done: {
        subscribe(_: unknown, __: unknown, { caller }: { caller: Caller }) {
          const queue: Queue<Deed> = new Queue(100, () => streams.delete(queue));
          owners.set(queue, signedIn(caller.viewer));
          streams.add(queue);
          return queue;
        },
        resolve: (deed: Deed) => deed,
      },
      ...tellings.streams,
    },
    Person: {
      __resolveReference: ({ id }: { id: string }) => ({ id }),
      points() {
        if (tellings.isPointless) throw new Refusal('UNAVAILABLE', 'Points cannot be counted at the moment.');
        return count * 10;
      },
      fame: ({ id }: { id: string }) => id.length,
      cursor: ({ id }: { id: string }) => tellings.cursorOf(id),
    },
  };
  const deeds = await start('deeds', ofDeeds);
  const did = (by: string, thing: string) => {
    count++;
    for (const queue of streams)
      if (owners.get(queue)!.id === by) queue.push({ number: count, thing: { id: thing }, person: { id: by } });
  };

  const gateway = await startGateway({
    host: '127.0.0.1',
    port: 0,
    supergraph: { file, urls: { people: people.url, things: things.url, deeds: deeds.url } },
    gatewaySecret,
    keys,
    development: false,
    allowedOrigins: ['https://game.example'],
    log,
    ...changes,
  });
  const subgraphs = { people, things, deeds };
  return {
    gateway,
    url: gateway.url,
    socketUrl: gateway.url.replace('http', 'ws'),
    logged,
    streams,
    subgraphs,
    did,
    tellings,
    titlesAsked,
    async leave(name) {
      const { port } = new URL(subgraphs[name].url);
      await subgraphs[name].stop();
      return async () => void (subgraphs[name] = await start(name, ofDeeds, Number(port)));
    },
    ask: (query, variables, headers) => ask(gateway.url, query, variables, headers),
    async stop() {
      await gateway.stop();
      await Promise.all(Object.values(subgraphs).map((subgraph) => subgraph.stop()));
    },
  };
}

export async function ask(
  url: string,
  query: string,
  variables?: Record<string, unknown>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...json, ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return { status: response.status, headers: response.headers, ...((await response.json()) as object) };
}
