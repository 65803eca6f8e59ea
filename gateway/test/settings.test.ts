import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartRefusal } from '../../shared/process/environment.ts';
import { readFlags, readGateway, settingsOf } from '../settings.ts';
import { supergraphFile } from './graph.ts';

/** Questline itself: ./supergraph.yaml and its part `gateway`. */
const complete = { GATEWAY_SECRET: 'x'.repeat(40), JWKS_URL: 'http://127.0.0.1:4001/jwks' };
const refusal = (environment: Record<string, string>, args: string[] = []): string => {
  try {
    readGateway(environment, readFlags(args));
  } catch (error) {
    if (error instanceof StartRefusal) return error.message;
    throw error;
  }
  throw new Error('It is accepted.');
};

test('two variables are enough for Questline, and nothing of development is on by itself', () => {
  expect(settingsOf(readGateway(complete))).toMatchObject({
    host: '127.0.0.1',
    port: 4000,
    development: false,
    allowedOrigins: [],
    endingsUrl: 'http://127.0.0.1:4001/sessions/ended',
    trustedProxies: [],
    limits: { connectionsPerUser: 5, depth: 8 },
  });
});

test.each([
  ['GATEWAY_SECRET', '', 'supergraph.yaml:20: needs the environment variable GATEWAY_SECRET, which is not set'],
  ['GATEWAY_SECRET', 'short', 'identity.gateway_secret must be a secret of at least 32 characters'],
  ['JWKS_URL', '', 'needs the environment variable JWKS_URL, which is not set'],
  ['JWKS_URL', 'nowhere', 'identity.issuers[0].jwks must be a web address like http://host/graphql, not "nowhere"'],
  ['PORT', 'x', 'PORT must be a whole number from 0 to 65535, not "x"'],
  ['DEVELOPMENT', 'yes', 'DEVELOPMENT must be true or false, not "yes"'],
  ['ALLOWED_ORIGINS', 'https://a.example/', 'ALLOWED_ORIGINS must be an origin like https://game.example'],
  ['ALLOWED_ORIGINS', '*', 'ALLOWED_ORIGINS must be an origin like https://game.example, not "*"'],
  ['TRUSTED_PROXIES', 'proxy', 'TRUSTED_PROXIES must be an address like 10.0.0.7 or a network'],
  ['SUBGRAPH_TIMEOUT_MS', '0', 'SUBGRAPH_TIMEOUT_MS must be a whole number from 1 to 999999, not 0'],
  ['DRAIN_MS', '1.5', 'DRAIN_MS must be a whole number from 1 to 999999, not 1.5'],
  ['CONNECTIONS_PER_USER', 'many', 'CONNECTIONS_PER_USER must be a whole number from 1 to 9999999, not "many"'],
  ['ROUTING_URL_AUTH', 'file:///etc/passwd', 'ROUTING_URL_AUTH must be a web address'],
  ['APOLLO_DISABLE_SECURITY_HTTP_EARLY_CHECK', '1', 'APOLLO_DISABLE_SECURITY_HTTP_EARLY_CHECK is set'],
  ['SUPERGRAPH', '/nowhere.yaml', '/nowhere.yaml cannot be read (ENOENT)'],
])('%s=%s is refused with a sentence', (name, value, sentence) => {
  expect(refusal({ ...complete, [name]: value })).toContain(sentence);
});

test('a manifest that cannot be read is refused', () => {
  const configuration = readGateway({ ...complete, SAFELIST: '/nowhere.json' });
  expect(() => settingsOf(configuration)).toThrow('The manifest /nowhere.json cannot be read');
});

test('development is refused where NODE_ENV says production', () => {
  expect(refusal({ ...complete, NODE_ENV: 'production', DEVELOPMENT: 'true' })).toContain('NODE_ENV is production');
  expect(refusal({ ...complete, NODE_ENV: 'production' }, ['--development'])).toContain('NODE_ENV is production');
  expect(readGateway({ ...complete, NODE_ENV: 'production' }).server.development).toBe(false);
});

test('another graph needs no variable at all: flags stand over the environment', () => {
  const folders = ['--operations', 'studio', '--operations', 'more'];
  const flags = ['--supergraph', 'graph.graphql', '--port', '4100', '--cost', '50', ...folders, '--development'];
  expect(readGateway({ PORT: '4200', SUPERGRAPH: 'other' }, readFlags(flags))).toMatchObject({
    supergraph: { file: 'graph.graphql' },
    server: { port: 4100, development: true },
    limits: { cost: 50 },
    operations: ['studio', 'more'],
    identity: { issuers: [] },
  });
});

test.each([
  [['--colour'], "Unknown option '--colour'"],
  [['--port'], "Option '--port <value>' argument missing"],
  [['--port', 'x'], 'PORT must be a whole number from 0 to 65535, not "x"'],
  [['--config', '/nowhere.yaml'], '/nowhere.yaml cannot be read (ENOENT)'],
])('the command line %j is refused with a sentence', (args, sentence) => {
  expect(refusal({}, args)).toContain(sentence);
});

test('one file configures the gateway, not two', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'settings-')), 'gateway.yaml');
  writeFileSync(file, `supergraph: { file: ${supergraphFile} }`);
  expect(refusal({}, ['--config', file])).toBe(`Both ${file} and ${supergraphFile} configure the gateway.`);
});
