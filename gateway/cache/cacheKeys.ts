import { hash } from 'node:crypto';
import { identityOf } from '../identity/forwarding.ts';
import type { Caller } from '../identity/forwarding.ts';
import type { SubgraphRequest } from '../execution/execution.ts';

/** One thing that a request asks for and that can be kept by itself: an entity, or all that the request asks of the root. */
export interface Item {
  /** Of what everyone may see who sends the same headers. */
  shared: string;
  /** Of what only this caller may see. */
  own: string;
  tags: readonly string[];
}

/** What an entity is asked for, or a root; the same for everyone who asks the same. */
export const shapeOf = (graph: string, { service, url }: SubgraphRequest, selection: string): string =>
  digest([graph, service, url, selection]);

/** `what`: the representation, or nothing more than the shape says. */
export function itemOf(shape: string, what: string, { headers }: Caller, identity: string, tags: Item['tags']): Item {
  return { shared: digest([shape, what, headers ?? null]), own: digest([shape, what, identity]), tags };
}

/** Whom a caller is taken for, as a name that tells nothing. */
export const nameOf = (caller: Caller): string => digest(['identity', identityOf(caller)]);

const digest = (parts: readonly unknown[]) => hash('sha256', JSON.stringify(parts), 'base64url');

export const tagOf = {
  subgraph: (service: string) => `subgraph ${service}`,
  type: (service: string, type: string) => `type ${service} ${type}`,
  /** By one field of its key: whoever names several means no fewer entities by the first. */
  entity: (service: string, type: string, field: string, value: unknown) =>
    `entity ${digest([service, type, field, String(value)])}`,
  identity: (name: string) => `identity ${name}`,
  named: (tag: string) => `tag ${tag.toLowerCase()}`,
};

/** The tags of an entity by what it was asked for with. */
export function entityTags(service: string, representation: Readonly<Record<string, unknown>>): string[] {
  const type = String(representation['__typename']);
  const fields = Object.entries(representation).filter(([name]) => name !== '__typename');
  return [
    tagOf.subgraph(service),
    tagOf.type(service, type),
    ...fields.flatMap(([name, value]) => (isScalar(value) ? [tagOf.entity(service, type, name, value)] : [])),
  ];
}

export const isScalar = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
