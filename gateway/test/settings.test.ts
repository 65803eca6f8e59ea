import { StartRefusal } from '../../shared/environment.ts';
import { readSettings } from '../settings.ts';

const complete = { GATEWAY_SECRET: 'x'.repeat(40), JWKS_URL: 'http://127.0.0.1:4001/jwks' };

test('two variables are enough, and nothing of development is on by itself', () => {
  expect(readSettings(complete)).toMatchObject({
    host: '127.0.0.1',
    port: 4000,
    supergraph: { file: './supergraph.yaml', urls: {} },
    development: false,
    allowedOrigins: [],
    subgraphTimeoutMs: 2000,
  });
});

test('origins and addresses of subgraphs are read', () => {
  const given = {
    ...complete,
    ALLOWED_ORIGINS: 'https://a.example, http://b.example:8080',
    ROUTING_URL_AUTH: 'http://auth/graphql',
  };
  expect(readSettings(given)).toMatchObject({
    allowedOrigins: ['https://a.example', 'http://b.example:8080'],
    supergraph: { urls: { auth: 'http://auth/graphql' } },
  });
});

test.each([
  ['GATEWAY_SECRET', '', 'GATEWAY_SECRET is missing: what the gateway shows to the subgraphs.'],
  ['GATEWAY_SECRET', 'short', 'GATEWAY_SECRET is too short for a secret.'],
  ['JWKS_URL', '', "JWKS_URL is missing: the address of auth's public keys."],
  ['PORT', 'x', 'PORT is not a port: x.'],
  ['DEVELOPMENT', 'yes', 'DEVELOPMENT is neither true nor false: yes.'],
  ['ALLOWED_ORIGINS', 'https://a.example/', 'ALLOWED_ORIGINS has something that is no origin: https://a.example/.'],
  ['ALLOWED_ORIGINS', '*', 'ALLOWED_ORIGINS has something that is no origin: *.'],
  ['TRUSTED_PROXIES', 'proxy', 'TRUSTED_PROXIES has something that is no network: proxy.'],
  ['SAFELIST', '/nowhere.json', 'The manifest /nowhere.json cannot be read'],
  ['APOLLO_DISABLE_SECURITY_HTTP_EARLY_CHECK', '1', 'APOLLO_DISABLE_SECURITY_HTTP_EARLY_CHECK is set'],
  ['SUBGRAPH_TIMEOUT_MS', '0', 'SUBGRAPH_TIMEOUT_MS is not a number of milliseconds: 0.'],
  ['DRAIN_MS', '1.5', 'DRAIN_MS is not a number of milliseconds: 1.5.'],
  ['CONNECTIONS_PER_USER', 'many', 'CONNECTIONS_PER_USER is not a number: many.'],
])('%s=%s is refused with a sentence', (name, value, sentence) => {
  const read = () => readSettings({ ...complete, [name]: value });
  expect(read).toThrow(StartRefusal);
  expect(read).toThrow(sentence);
});

test('development is refused where NODE_ENV says production', () => {
  expect(() => readSettings({ ...complete, NODE_ENV: 'production', DEVELOPMENT: 'true' })).toThrow(StartRefusal);
  expect(readSettings({ ...complete, NODE_ENV: 'production' })).toMatchObject({ development: false });
});

test('ended sessions are asked for where the keys are', () => {
  expect(readSettings(complete)).toMatchObject({
    endingsUrl: 'http://127.0.0.1:4001/sessions/ended',
    trustedProxies: [],
  });
});
