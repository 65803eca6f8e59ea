import { until } from '../../../shared/testing/harness.ts';
import { tokenFor } from '../graph.ts';
import { addresses, ask, codeOf, failOften, graph, preflight, releases, slowly } from './settingScene.ts';

import type { Effect } from './limitEffects.ts';

export const otherEffects: Effect[] = [
  [
    'server.requests_at_once',
    'server: { requests_at_once: 1 }',
    async () => {
      const slow = ask('{ slow }');
      await until(() => releases.length === 1, 'one is under way');
      const { status } = await ask('{ plain }');
      releases.splice(0).forEach((release) => release());
      await slow;
      return status;
    },
    200,
    503,
  ],
  [
    'server.operation_timeout_ms',
    'server: { operation_timeout_ms: 50 }',
    () => slowly('{ slow }'),
    undefined,
    'OPERATION_TIMEOUT',
  ],
  [
    'server.trusted_proxies',
    'server: { trusted_proxies: [127.0.0.1] }',
    async () => (await ask('{ plain }', { headers: { 'x-forwarded-for': '192.0.2.7' } }), addresses.at(-1)),
    '127.0.0.1',
    '192.0.2.7',
  ],
  [
    'server.development',
    'server: { development: true }',
    () => codeOf('{ __schema { queryType { name } } }'),
    'GRAPHQL_VALIDATION_FAILED',
    undefined,
  ],
  [
    'cors.origins',
    'cors: { origins: ["https://a.example"] }',
    async () => (await preflight({}))['access-control-allow-origin'],
    undefined,
    'https://a.example',
  ],
  [
    'cors.headers',
    'cors: { origins: ["https://a.example"], headers: [x-a] }',
    async () =>
      String((await preflight({ 'access-control-request-headers': 'x-b' }))['access-control-allow-headers']).includes(
        'x-a',
      ),
    false,
    true,
  ],
  [
    'every_subgraph.timeout_ms',
    'every_subgraph: { timeout_ms: 50 }',
    () => slowly('{ slow }'),
    undefined,
    'SUBGRAPH_TIMEOUT',
  ],
  [
    'every_subgraph.answer_bytes',
    'every_subgraph: { answer_bytes: 1024 }',
    () => codeOf('{ big }'),
    undefined,
    'SUBGRAPH_UNAVAILABLE',
  ],
  [
    'every_subgraph.retries',
    'every_subgraph: { retries: 1 }',
    () => (failOften(1), codeOf('{ flaky }')),
    'SUBGRAPH_UNAVAILABLE',
    undefined,
  ],
  [
    'every_subgraph.circuit_breaker.failures',
    'every_subgraph: { circuit_breaker: { failures: 1 } }',
    async () => (await ask('{ failing }'), await ask('{ plain }'), graph!.asked.length),
    2,
    1,
  ],
  [
    'every_subgraph.circuit_breaker.pause_ms',
    'every_subgraph: { circuit_breaker: { failures: 1, pause_ms: 1 } }',
    async () => {
      await ask('{ failing }');
      return until(async () => (await codeOf('{ plain }')) === undefined, 'it is asked again');
    },
    true,
    true,
  ],
  [
    'every_subgraph.queue',
    'every_subgraph: { connections: 1, queue: 0 }',
    async () => {
      const slow = ask('{ slow }');
      await until(() => releases.length === 1, 'one is under way');
      const code = await codeOf('{ plain }');
      releases.splice(0).forEach((release) => release());
      await slow;
      return code;
    },
    undefined,
    'SUBGRAPH_UNAVAILABLE',
  ],
  [
    'every_subgraph.error_details',
    'every_subgraph: { error_details: [remaining] }',
    async () => (await ask('{ price }')).extensions!['remaining'],
    undefined,
    2,
  ],
  [
    'policies',
    'policies: { reports: { roles: [PLAYER] } }',
    async () => (await ask('{ report }', { headers: { authorization: tokenFor('ada') } })).code,
    'UNAUTHORIZED_FIELD_OR_TYPE',
    undefined,
  ],
  [
    'policies.NAME.roles',
    'policies: { reports: { roles: [OPERATOR] } }',
    async () => (await ask('{ report }', { headers: { authorization: tokenFor('ada') } })).code,
    'UNAUTHORIZED_FIELD_OR_TYPE',
    'UNAUTHORIZED_FIELD_OR_TYPE',
  ],
  [
    'policies.NAME.scopes',
    'policies: { reports: { scopes: [reports] } }',
    async () => (await ask('{ report }', { headers: { authorization: tokenFor('ada') } })).code,
    'UNAUTHORIZED_FIELD_OR_TYPE',
    'UNAUTHORIZED_FIELD_OR_TYPE',
  ],
];
