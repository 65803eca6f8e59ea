import type { Environment } from '../../shared/process/environment.ts';
import { type Configuration, configuration, issuerSettings } from './description.ts';
import { webAddress, webAddresses } from './forms.ts';
import type { JsonSchema, Kind, Place } from './kinds.ts';
import { type Settings, isSection } from './section.ts';

/** A setting that a variable stands for, and where it is. */
export interface Variable {
  variable: string;
  path: readonly string[];
  kind: Kind<unknown>;
}

/** Every variable that stands over the file. */
export function variablesOf(settings: Settings = configuration.settings, path: readonly string[] = []): Variable[] {
  return Object.entries(settings).flatMap(([name, { kind, variable }]): Variable[] => {
    const here = [...path, name];
    if (isSection(kind)) return variablesOf(kind.settings, here);
    return variable === undefined ? [] : [{ variable, path: here, kind }];
  });
}

/** The configuration with the environment's settings over it. */
export function readVariables(given: Configuration, environment: Environment, faults: string[]): Configuration {
  const result = structuredClone(given) as unknown as Record<string, unknown>;
  for (const { variable, path, kind } of variablesOf()) {
    const text = environment[variable];
    if (!text) continue;
    const value = kind.read(valueOf(text, kind), placeOf(variable, faults));
    if (value !== undefined) put(result, path, value);
  }
  const read = result as unknown as Configuration;
  return withJwksUrl(withRoutingUrls(read, routingUrls(environment, faults)), environment, faults);
}

/** What the file would have in place of the text. */
function valueOf(text: string, { schema }: Kind<unknown>): unknown {
  const types = typesOf(schema);
  if (types.includes('array')) return text.split(',').flatMap((each) => each.trim() || []);
  if (types.includes('boolean') && /^(true|false)$/.test(text)) return text === 'true';
  if ((types.includes('integer') || types.includes('number')) && /^\d{1,15}(\.\d+)?$/.test(text)) return Number(text);
  return text;
}

/** The types that a schema allows at its top. */
function typesOf({ type, anyOf }: JsonSchema): unknown[] {
  const inner = ((anyOf ?? []) as readonly JsonSchema[]).flatMap(typesOf);
  return type === undefined ? inner : [...inner, type];
}

function put(into: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const inner = path.slice(0, -1).reduce((object, name) => object[name] as Record<string, unknown>, into);
  inner[path.at(-1)!] = value;
}

/** `ROUTING_URL_AUTH=http://auth:4001/graphql` and the like: an address per subgraph, by its name in lower case. */
export function routingUrls(environment: Environment, faults: string[]): Record<string, string> {
  const urls: Record<string, string> = {};
  for (const [variable, given] of Object.entries(environment)) {
    const name = /^ROUTING_URL_(.+)$/.exec(variable)?.[1]?.toLowerCase();
    const url = name && given && webAddresses.read(given, placeOf(variable, faults));
    if (url) urls[name] = url;
  }
  return urls;
}

function withRoutingUrls({ subgraphs, ...others }: Configuration, urls: Readonly<Record<string, string>>) {
  const added = { ...subgraphs };
  for (const [name, url] of Object.entries(urls)) added[name] = { ...added[name], url };
  return { ...others, subgraphs: added };
}

/** JWKS_URL is one more issuer with the terms of Questline's auth, which also tells which sessions have ended. */
function withJwksUrl({ identity, ...others }: Configuration, environment: Environment, faults: string[]) {
  const given = environment['JWKS_URL'];
  const jwks = given ? webAddress.read(given, placeOf('JWKS_URL', faults)) : undefined;
  if (jwks === undefined) return { ...others, identity };
  const isKnown = identity.issuers.some((issuer) => issuer.jwks === jwks);
  return {
    ...others,
    identity: {
      ...identity,
      issuers: isKnown ? identity.issuers : [...identity.issuers, { ...issuerSettings.defaults, jwks }],
      endedSessions: identity.endedSessions ?? new URL('/sessions/ended', jwks).href,
    },
  };
}

function placeOf(variable: string, faults: string[]): Place {
  const place: Place = {
    name: variable,
    inside: () => place,
    fault: (sentence) => void faults.push(`${variable} ${sentence}`),
  };
  return place;
}
