import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { authMigrations } from '../../subgraphs/auth/migrations/all.ts';
import { catalogMigrations } from '../../subgraphs/catalog/migrations/all.ts';
import { progressMigrations } from '../../subgraphs/progress/migrations/all.ts';
import type { GatewaySettings } from '../../gateway/gatewaySettings.ts';
import type { Carrier } from '../../shared/delivery/carrier.ts';
import type { Readers } from '../../shared/identity.ts';
import { localCarrier } from '../../shared/delivery/carrierLocal.ts';
import { type MigrationStep, openDatabase } from '../../shared/database/database.ts';
import { type Log, openLog } from '../../shared/process/log.ts';
import { OutboxRow } from '../../shared/delivery/outbox.ts';
import { testDatabase } from '../../shared/testing/harness.ts';
import { clientFolder } from '../client.ts';
import { openDemoClock } from '../demoClock.ts';
import { type Secrets, makeSecrets } from '../keep.ts';
import type { Joining } from '../joining.ts';
import { type System, type SystemSettings, startSystem } from '../system.ts';
import { termsForAll } from '../../gateway/supergraph/subgraphTerms.ts';

export const log = openLog('test', process.env['LOG_LEVEL'] ?? 'silent');

// A test names the fields that it reads; their types are what it asserts.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Data = any;

export interface Answer {
  data: Data;
  errors?: { message: string; path?: (string | number)[]; extensions: { code: string } }[];
}

export interface Graph {
  url(): string;
  grpcPort(): number;
  subgraphs(): System['subgraphs'];
  secrets: Secrets;
  /** Where each subgraph keeps its rows. */
  databases: SystemSettings['databases'];
  /** Sends one operation, as a client does. */
  ask(query: string, variables?: object, token?: string): Promise<Answer>;
  /** Sends one operation straight to a subgraph, past the gateway but with its secret. */
  askSubgraph(subgraph: string, query: string, variables?: object, token?: string): Promise<Answer>;
  /** Signs in and resolves to the access token. */
  tokenOf(name: string, password?: string): Promise<string>;
  /** Holds a subscription open; results arrive in the list. `opened` or `refused` resolves when the door has let the socket in or not. */
  subscribe(
    query: string,
    token: string,
    variables?: Record<string, unknown>,
  ): { results: Answer[]; opened: Promise<void>; refused: Promise<void>; end(): Promise<void> };
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** The whole system, as `npm start` runs it, on databases of its own. */
export async function startGraph(
  openCarrier: () => Promise<Carrier> = async () => localCarrier(),
  redisUrl?: string,
  gateway: Partial<GatewaySettings> = {},
  joining?: Joining,
  listener: Log = log,
  catalogReaders?: Readers,
): Promise<Graph> {
  const migrate = (subgraph: string, migrations: readonly MigrationStep[]) => async (url: string) =>
    (await openDatabase({ url, subgraph, entities: [OutboxRow], migrations, log })).close();
  const auth = await testDatabase('auth', migrate('auth', authMigrations));
  const catalog = await testDatabase('catalog', migrate('catalog', catalogMigrations));
  const progress = await testDatabase('progress', migrate('progress', progressMigrations));
  // Those that join migrate at their start.
  const others = await Promise.all((joining?.subgraphs ?? []).map(({ name }) => testDatabase(name, async () => {})));
  const databases = {
    ...{ auth: auth.url, catalog: catalog.url, progress: progress.url },
    ...Object.fromEntries((joining?.subgraphs ?? []).map(({ name }, n) => [name, others[n]!.url])),
  };
  const secrets = makeSecrets();
  const clock = openDemoClock();
  const start = async (): Promise<System> =>
    startSystem({
      databases,
      carrier: await openCarrier(),
      secrets,
      port: 0,
      demo: true,
      clientFolder,
      clock,
      privateWebhooks: true,
      ...(redisUrl && { redisUrl }),
      ...(joining && { joining }),
      ...(catalogReaders && { catalogReaders }),
      // A machine that runs every test at once is slower than a subgraph has to be.
      gateway: { subgraphs: termsForAll({ timeoutMs: 10_000 }), ...gateway },
      log: listener,
    });
  let system = await start();
  const clients = new Set<Client>();

  const post = async (url: string, query: string, variables: object, token?: string, headers = {}) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }), ...headers },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as Answer;
  };

  const graph: Graph = {
    url: () => system.url,
    grpcPort: () => system.grpcPort,
    subgraphs: () => system.subgraphs,
    secrets,
    databases,
    ask: (query, variables = {}, token) => post(system.url, query, variables, token),
    askSubgraph: (subgraph, query, variables = {}, token) =>
      post(system.subgraphs[subgraph]!, query, variables, token, { 'x-gateway-secret': secrets.gatewaySecret }),
    async tokenOf(name, password = 'password') {
      const { data, errors } = await graph.ask(
        'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }',
        { input: { name, password } },
      );
      if (errors) throw new Error(errors[0]!.message);
      return data.signIn.accessToken;
    },
    subscribe(query, token, variables) {
      const results: Answer[] = [];
      const client = createClient({
        url: system.url.replace('http', 'ws'),
        webSocketImpl: WebSocket,
        connectionParams: { authorization: `Bearer ${token}` },
        lazy: false,
        retryAttempts: 0,
        onNonLazyError: () => {},
      });
      clients.add(client);
      const opened = new Promise<void>((resolve) => client.on('connected', () => resolve()));
      const refused = new Promise<void>((resolve) => client.on('closed', () => resolve()));
      client.subscribe(
        { query, variables: variables ?? null },
        {
          next: (result) => void results.push(result as Answer),
          error: (errors) => void results.push({ data: null, errors: errors as Answer['errors'] & object }),
          complete: () => {},
        },
      );
      return {
        results,
        opened,
        refused,
        async end() {
          clients.delete(client);
          await client.dispose();
        },
      };
    },
    async restart() {
      await system.stop();
      system = await start();
    },
    async stop() {
      for (const client of clients) await client.dispose();
      await system.stop();
      for (const database of [auth, catalog, progress, ...others]) await database.drop();
    },
  };
  return graph;
}

/** A graph that stands before the first test of a file or a describe, and goes after the last; until then it is empty. */
export function graphForTests(joining?: Joining, catalogReaders?: Readers): Graph {
  const graph = {} as Graph;
  const openCarrier = async () => localCarrier();
  const start = () => startGraph(openCarrier, undefined, {}, joining, log, catalogReaders);
  beforeAll(async () => void Object.assign(graph, await start()));
  afterAll(() => graph.stop());
  return graph;
}
