import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { required } from '../shared/process/environment.ts';
import { sealKey } from '../shared/events.ts';
import { makeSecrets } from './keep.ts';

/**
 * `npm run -s secrets > .env`: everything that docker-compose.yml wants to be told, made anew each time. With `--source NAME`, EVENT_KEY for a subgraph
 * that joins under that name, by the EVENT_SECRET of those that are there. `npm run -s secrets -- --guests >> .env` is about the guests, by the EVENT_SECRET
 * that stands in .env.
 */
const { source, guests } = parseArgs({ options: { source: { type: 'string' }, guests: { type: 'boolean' } } }).values;
if (source !== undefined) {
  console.log(`EVENT_KEY=${sealKey(required(process.env, 'EVENT_SECRET', 'what the subgraphs sign with'), source)}`);
  process.exit();
}
const password = () => randomBytes(24).toString('hex');
if (guests) {
  if (existsSync('.env')) process.loadEnvFile('.env');
  console.log(linesOfGuests(required(process.env, 'EVENT_SECRET', 'what the subgraphs sign with, a line of .env')));
  process.exit();
}
const { gatewaySecret, eventSecret, signingKey } = makeSecrets();

console.log(`# Keep this file to yourself, and keep it as long as the data: PostgreSQL learns its passwords once, when its volume is new.
GATEWAY_SECRET=${gatewaySecret}
EVENT_SECRET=${eventSecret}
AUTH_SIGNING_KEY='${signingKey.trim().replaceAll('\n', '\\n')}'
POSTGRES_PASSWORD=${password()}
AUTH_DATABASE_PASSWORD=${password()}
CATALOG_DATABASE_PASSWORD=${password()}
PROGRESS_DATABASE_PASSWORD=${password()}
REDIS_PASSWORD=${password()}
AUTH_REDIS_PASSWORD=${password()}
CATALOG_REDIS_PASSWORD=${password()}
PROGRESS_REDIS_PASSWORD=${password()}

# Demo users, whose passwords everybody knows, and demo quests:
# DEMO_DATA=true
# Introspection and Apollo Sandbox:
# DEVELOPMENT=true
# Where the graph is published:
# PUBLISH=127.0.0.1:4000`);

/** What the profile `guests` of docker-compose.yml wants to be told, and what the other processes of that. */
function linesOfGuests(eventSecret: string): string {
  const names = ['quotes', 'alerts', 'venue'];
  const passwordsOf = (name: string) => [
    `${name.toUpperCase()}_DATABASE_PASSWORD=${password()}`,
    `${name.toUpperCase()}_REDIS_PASSWORD=${password()}`,
    `${name.toUpperCase()}_EVENT_KEY=${sealKey(eventSecret, name)}`,
    `ROUTING_URL_${name.toUpperCase()}=http://${name}:4000/graphql`,
  ];
  return [
    'COMPOSE_PROFILES=guests',
    'SUPERGRAPH=dist/guests/supergraph.yaml',
    `OPERATIONS=${['dist/operations', ...names.map((name) => `dist/guests/${name}/operations`)].join()}`,
    `EVENT_SOURCES=${names.join()}`,
    ...names.flatMap(passwordsOf),
    `AGGREGATOR_REDIS_PASSWORD=${password()}`,
  ].join('\n');
}
