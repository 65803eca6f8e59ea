import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { required } from '../shared/environment.ts';
import { sealKey } from '../shared/events.ts';
import { makeSecrets } from './keep.ts';

/**
 * `npm run -s secrets > .env`: everything that docker-compose.yml wants to be told, made anew each time. With `--source NAME`, EVENT_KEY for a subgraph
 * that joins under that name, by the EVENT_SECRET of those that are there.
 */
const { source } = parseArgs({ options: { source: { type: 'string' } } }).values;
if (source !== undefined) {
  console.log(`EVENT_KEY=${sealKey(required(process.env, 'EVENT_SECRET', 'what the subgraphs sign with'), source)}`);
  process.exit();
}
const { gatewaySecret, eventSecret, signingKey } = makeSecrets();
const password = () => randomBytes(24).toString('hex');

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
