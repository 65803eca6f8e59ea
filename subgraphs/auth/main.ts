import { startAlone } from '../../shared/subgraph/alone.ts';
import { count, port, required, secret, secrets } from '../../shared/process/environment.ts';
import { Seal } from '../../shared/events.ts';
import { inboxDaysOf } from '../../shared/delivery/inboxRetention.ts';
import { openLog } from '../../shared/process/log.ts';
import { run } from '../../shared/process/run.ts';
import { sourcesIn } from '../../shared/delivery/sources.ts';
import { pemsIn } from './sessions/pem.ts';
import { readProviders } from './signIn/providers.ts';
import { startAuth, usualLimits } from './subgraph.ts';

const { env } = process;
const log = openLog('auth', env['LOG_LEVEL']);

await run(log, async () => {
  const settings = {
    databaseUrl: required(env, 'DATABASE_URL', "auth's own PostgreSQL database, postgres://..."),
    gatewaySecret: secret(env, 'GATEWAY_SECRET', 'what the gateway shows to be let in'),
    acceptedGatewaySecrets: secrets(env, 'GATEWAY_SECRETS_ACCEPTED'),
    seal: new Seal(
      secret(env, 'EVENT_SECRET', 'what events are signed with; the same in every subgraph'),
      secrets(env, 'EVENT_SECRETS_ACCEPTED'),
    ),
    signingKey:
      pemsIn(required(env, 'AUTH_SIGNING_KEY', 'the P-256 private key that signs access tokens, PEM in PKCS8'))[0] ??
      '',
    previousKeys: pemsIn(env['AUTH_PREVIOUS_KEYS'] ?? ''),
    providers: readProviders(env['OIDC_PROVIDERS']),
    limits: {
      guestSignInsPerMinute: count(env, 'GUEST_SIGN_INS_PER_MINUTE', usualLimits.guestSignInsPerMinute),
      timeZoneChangesPer30Days: count(env, 'TIME_ZONE_CHANGES_PER_30_DAYS', usualLimits.timeZoneChangesPer30Days),
    },
    inboxDays: inboxDaysOf(env),
    demo: env['DEMO_DATA'] === 'true',
    host: env['HOST'] ?? '127.0.0.1',
    port: port(env, 'PORT', 4001),
    sources: sourcesIn(env),
    log,
  };
  return startAlone('auth', env, log, (ties) => startAuth({ ...settings, ...ties }));
});
