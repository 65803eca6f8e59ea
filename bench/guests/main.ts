/**
 * npm run bench:guests -- --listeners 10000 --posts 5 --readers 100000 --lookUps 2000
 *
 * The guests in front of real subgraphs, each a process of its own, PostgreSQL with fsync. A post's time is when its request was taken up, which is
 * before its COMMIT; until the frame in the client. Fan-out is timelines that a post has entered, by second. CPU per look-up is that of quotes and its
 * aggregator together.
 */
import { parseArgs } from 'node:util';
import { openTokens } from '../../subgraphs/auth/sessions/tokens.ts';
import { authMigrations } from '../../subgraphs/auth/migrations/all.ts';
import { makeUsers, open } from '../events/load.ts';
import { openMachine } from '../events/processes.ts';
import { startGatewayProcess } from '../fanout/gateway.ts';
import { openClient } from '../client.ts';
import { measureAlerts } from './alerts.ts';
import { measureQuotes } from './quotes.ts';
import { measureVenue } from './venue.ts';

const { values } = parseArgs({
  options: {
    listeners: { type: 'string', default: '10000' },
    posts: { type: 'string', default: '5' },
    readers: { type: 'string', default: '100000' },
    lookUps: { type: 'string', default: '2000' },
  },
});
const [listeners, posts, readers, lookUps] = [values.listeners, values.posts, values.readers, values.lookUps].map(
  Number,
);

await using opened = new AsyncDisposableStack();
const machine = await openMachine();
opened.defer(() => machine.stop());
const sources = { EVENT_SOURCES: 'quotes,alerts,venue' };
const auth = await machine.start('auth', sources);
const progress = await machine.start('progress', sources);
const provider = await machine.joined('provider', 'guests/quotes/provider/main.ts', {});
const aggregator = await machine.joined('aggregator', 'guests/quotes/aggregator/main.ts', {
  QUOTES_PROVIDER: new URL('/', provider.url).href,
});
const databases = { quotes: await machine.database('quotes'), alerts: await machine.database('alerts') };
const quotes = await machine.joined('quotes', 'guests/quotes/main.ts', { DATABASE_URL: databases.quotes });
const alerts = await machine.joined('alerts', 'guests/alerts/main.ts', { DATABASE_URL: databases.alerts });
const gateway = await startGatewayProcess({
  SUPERGRAPH: 'guests/supergraph.yaml',
  // Where the machine is busy an answer is late, and not lost.
  SUBGRAPH_TIMEOUT_MS: '20000',
  GATEWAY_SECRET: machine.secrets.gatewaySecret,
  JWKS_URL: auth.url.replace('/graphql', '/.well-known/jwks.json'),
  ROUTING_URL_AUTH: auth.url,
  ROUTING_URL_PROGRESS: progress.url,
  ROUTING_URL_QUOTES: quotes.url,
  ROUTING_URL_ALERTS: alerts.url,
  CONNECTIONS_PER_ADDRESS: '100000',
  STRANGERS_PER_ADDRESS: '1000',
});
opened.defer(() => gateway.stop());
const client = openClient(gateway.url, 32);
opened.defer(() => client.close());

const { signAccess } = openTokens(machine.secrets.signingKey);
const tokenOf = (userId: string) => {
  const issuedAt = new Date();
  const expiresAt = new Date(issuedAt.getTime() + 900_000);
  return signAccess({ userId, sessionId: userId, roles: ['PLAYER'], issuedAt, expiresAt });
};
const authDatabase = await open(machine.databases.auth, authMigrations);
opened.defer(() => authDatabase.close());
const users = await makeUsers(authDatabase, Math.max(listeners!, 1000));
const asker = (userId: string) => {
  const token = tokenOf(userId);
  return async (query: string, variables: object = {}) => {
    const { body } = await client.ask(query, variables, token);
    if (body.errors) throw new Error(JSON.stringify(body.errors[0]));
  };
};

const quoteCpuMs = await measureQuotes({ users, asker, lookUps: lookUps!, parts: [quotes, aggregator] });
console.log(`quotes   ${lookUps} look-ups, ${quoteCpuMs} ms of CPU for each`);
const {
  lost: lostAlerts,
  alertP99Ms,
  fanoutPerSecond,
} = await measureAlerts({
  ...{ users: users.slice(0, listeners), tokenOf, asker, posts: posts!, readers: readers! },
  ...{ databaseUrl: databases.alerts, url: gateway.url },
});
const running = opened.move();
await running.disposeAsync();
const { lost: lostLocations, ...ofVenue } = await measureVenue();
const lost = lostAlerts + lostLocations;
console.log(JSON.stringify({ ...ofVenue, lost, alertP99Ms, fanoutPerSecond, quoteCpuMs }));
process.exitCode = lost === 0 ? 0 : 1;
