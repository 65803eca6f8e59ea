import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type Environment, StartRefusal } from '../shared/process/environment.ts';
import { type ConfigurationFile, hasPart, readConfiguration } from './configuration/configuration.ts';
import type { Configuration } from './configuration/description.ts';
import { readSafelist } from './documents/persisted.ts';
import { loadOperations } from './operations/operations.ts';
import { byIssuers } from './identity/issuers.ts';
import { policiesByClaims } from './identity/policies.ts';
import { limits as usualLimits } from './limits/limits.ts';
import type { GatewaySettings } from './gatewaySettings.ts';
import { subgraphTermsOf } from './supergraph/subgraphTerms.ts';
import { isComposed } from './supergraph/supergraph.ts';

/** What the command line says; it stands over the environment, which stands over the file. */
export interface Flags {
  config?: string;
  supergraph?: string;
  port?: string;
  cost?: string;
  /** Folders. */
  operations?: string[];
  development?: boolean;
}

const usage =
  'Usage: npm run gateway -- [--config FILE] [--supergraph FILE] [--port 4000] [--cost 1000] [--operations FOLDER]... [--development]';

export function readFlags(args: readonly string[]): Flags {
  const text = { type: 'string' } as const;
  const folders = { type: 'string', multiple: true } as const;
  const options = {
    ...{ config: text, supergraph: text, port: text, cost: text, operations: folders },
    development: { type: 'boolean' },
  } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new StartRefusal(`${(error as Error).message.split('\n')[0]!.replace(/\.$/, '')}.`, usage);
  }
}

/** The whole configuration. Throws a StartRefusal with a line for each fault. */
export function readGateway(environment: Environment, flags: Flags = {}): Configuration {
  refuseContradictions(environment);
  const { config, supergraph, port, cost, operations, development } = flags;
  const over: Environment = {
    ...environment,
    ...(supergraph !== undefined && { SUPERGRAPH: supergraph }),
    ...(port !== undefined && { PORT: port }),
    ...(cost !== undefined && { COST_LIMIT: cost }),
    ...(operations !== undefined && { OPERATIONS: operations.join(',') }),
    ...(development && { DEVELOPMENT: 'true' }),
  };
  const file = config === undefined ? partOf(over['SUPERGRAPH'] ?? defaultFile) : { file: config };
  const read = readConfiguration(file, over);
  const { file: named } = read.supergraph;
  if (config !== undefined && named !== undefined && partOf(named))
    throw new StartRefusal(
      `Both ${config} and ${named} configure the gateway.`,
      `Move what stands below \`gateway:\` in ${named} to ${config}.`,
    );
  if (read.server.development && environment['NODE_ENV'] === 'production')
    throw new StartRefusal(
      'DEVELOPMENT is on while NODE_ENV is production.',
      'Leave development out where the gateway serves real users.',
    );
  return read;
}

const defaultFile = './supergraph.yaml';

/** The part `gateway` of a supergraph.yaml, if it has one. */
export function partOf(file: string): ConfigurationFile | undefined {
  return !isComposed(file) && hasPart(file, 'gateway') ? { file, under: 'gateway' } : undefined;
}

/** A configuration as the gateway takes it. What is fetched as a supergraph is for `supergraph` to say. */
export function settingsOf(configuration: Configuration): Omit<GatewaySettings, 'log' | 'supergraph'> {
  const { server, identity, limits, subscriptions, cors, safelist, operations, grpc } = configuration;
  const { callback } = subscriptions;
  const { overrideLabels, policies } = configuration;
  return {
    host: server.host,
    port: server.port,
    gatewaySecret: identity.gatewaySecret ?? randomBytes(32).toString('hex'),
    keys: () => Promise.resolve(undefined),
    // Without an issuer nobody's token can be checked, and a request with one is refused.
    verify: byIssuers(identity.issuers),
    path: server.path,
    limits: { ...usualLimits, ...limits, cost: usualLimits.cost },
    costTerms: configuration.cost,
    ...(identity.endedSessions !== undefined && { endingsUrl: identity.endedSessions }),
    trustedProxies: server.trustedProxies,
    ...(operations.length > 0 && { operations: loadOperations(...operations) }),
    ...(grpc.port !== undefined && {
      grpc: {
        port: grpc.port,
        ...(grpc.certificate !== undefined &&
          grpc.key !== undefined && { tls: { certificate: grpc.certificate, key: grpc.key } }),
      },
    }),
    ...(safelist !== undefined && { safelist: readSafelist(safelist) }),
    development: server.development,
    allowedOrigins: cors.origins,
    allowedHeaders: cors.headers,
    requestsAtOnce: server.requestsAtOnce,
    execution: server.execution,
    operationTimeoutMs: server.operationTimeoutMs,
    defer: server.defer,
    subgraphs: subgraphTermsOf(configuration),
    errorCodes: errorCodesIn(configuration),
    isLabelOn: (label) => (Object.hasOwn(overrideLabels, label) ? overrideLabels[label]! : false),
    grantPolicies: policiesByClaims(policies),
    headers: configuration.headers,
    compression: configuration.compression,
    isCacheable: configuration.cacheControl === 'subgraphs',
    cache: cacheOf(configuration),
    usage: configuration.usage,
    ...(callback.url !== undefined && { callbacks: { url: callback.url, heartbeatMs: callback.heartbeatMs } }),
    ...(limits.cost !== undefined && { costLimit: limits.cost === 'off' ? Infinity : limits.cost }),
    timing: {
      drainMs: server.drainMs,
      pingMs: subscriptions.pingMs,
      upstreamPingMs: subscriptions.upstreamPingMs,
      streamMs: subscriptions.streamMs,
      patienceMs: subscriptions.patienceMs,
    },
  };
}

/** Throws a StartRefusal where something else would make the cache untrue. */
function cacheOf({ cache, server }: Configuration): Configuration['cache'] {
  if (cache.store === 'memory' && cache.invalidationSecret !== undefined && server.workers > 1)
    throw new StartRefusal(
      'A cache in memory can be invalidated with one worker alone: a request reaches one of them.',
      'Set `cache.store` to redis, or `server.workers` to 1.',
    );
  return cache;
}

const errorCodesIn = ({ everySubgraph, subgraphs }: Configuration): ReadonlySet<unknown> =>
  new Set([everySubgraph, ...Object.values(subgraphs)].flatMap(({ errorCodes }) => errorCodes ?? []));

/** Switches of the libraries that would open what is shut here. */
function refuseContradictions(environment: Environment): void {
  const opened = Object.keys(environment).find((name) => name.startsWith('APOLLO_DISABLE_'));
  if (opened)
    throw new StartRefusal(`${opened} is set, which switches protection off.`, `Start the gateway without ${opened}.`);
}
