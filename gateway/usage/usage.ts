import { hash } from 'node:crypto';
import { type DocumentNode, type GraphQLSchema, type OperationDefinitionNode, getOperationAST } from 'graphql';
import type { Meter } from '../../shared/process/metrics.ts';
import type { Configuration } from '../configuration/description.ts';
import { usedCoordinates } from './usedFields.ts';

export type UsageSettings = Configuration['usage'];

/** What is known of an operation, the same for all who send it. */
interface Known {
  name: string;
  /** Of its text: two operations may have one name. */
  hash: string;
  used: ReadonlySet<string>;
}

interface Count {
  count: number;
  lastAt: number;
}

export interface UsageReport {
  since: string;
  until: string;
  /** Counts are estimated from this part of all operations. */
  sample: number;
  operations: { name: string; hash: string; client: string; count: number; lastAt: string }[];
  /** By coordinate: how often operations named it, and by which clients. */
  fields: Record<string, { count: number; lastAt: string; clients: Record<string, number>; isDeprecated?: true }>;
  /** Fields of the schema that no operation has named. */
  unused: string[];
}

/** Whoever comes when a table is full is counted together. */
const other = '(other)';
const mostClients = 100;
/** A client that names itself thus is not told from one that says nothing. */
const anonymous = '(none)';

/** Counts which operations and fields are used, and by which clients: what must be known before a field is taken away. */
export class Usage {
  readonly #sample: number;
  readonly #mostOperations: number;
  readonly #known = new WeakMap<DocumentNode, Map<OperationDefinitionNode, Known>>();
  readonly #operations = new Map<string, Count & { operation: Known; client: string }>();
  readonly #fields = new Map<string, Count & { clients: Map<string, number> }>();
  readonly #clients = new Set<string>();
  readonly #since = Date.now();

  constructor({ sample, operations }: UsageSettings, meter: Meter) {
    this.#sample = sample;
    this.#mostOperations = operations;
    meter.counter('used_operations', 'How often named operations were asked for, estimated from the sample', () => {
      const byName = new Map<string, number>();
      for (const { operation, count } of this.#operations.values())
        byName.set(operation.name, (byName.get(operation.name) ?? 0) + count / sample);
      return [...byName].map(([operation, value]) => ({ value: Math.round(value), labels: { operation } }));
    });
  }

  /** An operation is valid and will be executed. */
  note(schema: GraphQLSchema, document: DocumentNode, operationName: string | null | undefined, client?: string): void {
    if (this.#sample < 1 && Math.random() >= this.#sample) return;
    const known = this.#know(schema, document, operationName);
    const by = this.#clientOf(client);
    const now = Date.now();
    const key = `${known.hash} ${by}`;
    let operation = this.#operations.get(key);
    if (!operation) {
      const isFull = this.#operations.size >= this.#mostOperations;
      const held = isFull ? this.#operations.get(other) : undefined;
      const named = isFull
        ? { operation: { ...known, name: other, hash: '' }, client: other }
        : { operation: known, client: by };
      operation = held ?? { ...named, count: 0, lastAt: now };
      this.#operations.set(isFull ? other : key, operation);
    }
    operation.count++;
    operation.lastAt = now;
    for (const coordinate of known.used) {
      let field = this.#fields.get(coordinate);
      if (!field) this.#fields.set(coordinate, (field = { count: 0, lastAt: now, clients: new Map() }));
      field.count++;
      field.lastAt = now;
      field.clients.set(by, (field.clients.get(by) ?? 0) + 1);
    }
  }

  report(schema: GraphQLSchema): UsageReport {
    const estimate = (count: number) => Math.round(count / this.#sample);
    const at = (time: number) => new Date(time).toISOString();
    const inSchema = coordinatesOf(schema);
    return {
      since: at(this.#since),
      until: at(Date.now()),
      sample: this.#sample,
      operations: [...this.#operations.values()]
        .sort((a, b) => b.count - a.count)
        .map(({ operation: { name, hash }, client, count, lastAt }) => ({
          ...{ name, hash, client },
          count: estimate(count),
          lastAt: at(lastAt),
        })),
      fields: Object.fromEntries(
        [...this.#fields].sort().map(([coordinate, { count, lastAt, clients }]) => [
          coordinate,
          {
            count: estimate(count),
            lastAt: at(lastAt),
            clients: Object.fromEntries([...clients].map(([client, times]) => [client, estimate(times)])),
            ...(inSchema.get(coordinate) === true && { isDeprecated: true as const }),
          },
        ]),
      ),
      unused: [...inSchema.keys()].filter((coordinate) => !this.#fields.has(coordinate)).sort(),
    };
  }

  #know(schema: GraphQLSchema, document: DocumentNode, operationName: string | null | undefined): Known {
    const node = getOperationAST(document, operationName)!;
    let operations = this.#known.get(document);
    if (!operations) this.#known.set(document, (operations = new Map()));
    let known = operations.get(node);
    if (!known) {
      const name = node.name?.value ?? '(anonymous)';
      const text = `${name} ${document.loc?.source.body ?? ''}`;
      known = { name, hash: hash('sha256', text).slice(0, 16), used: usedCoordinates(schema, document, node) };
      operations.set(node, known);
    }
    return known;
  }

  #clientOf(given: string | undefined): string {
    const client = given?.replace(/[^\x20-\x7e]/g, '').slice(0, 100) || anonymous;
    if (this.#clients.has(client)) return client;
    if (this.#clients.size >= mostClients) return other;
    this.#clients.add(client);
    return client;
  }
}

/** Fields that clients see, and whether they are deprecated. */
function coordinatesOf(schema: GraphQLSchema): Map<string, boolean> {
  const found = new Map<string, boolean>();
  for (const type of Object.values(schema.getTypeMap()))
    if (!type.name.startsWith('__') && 'getFields' in type)
      for (const { name, deprecationReason } of Object.values(type.getFields()))
        found.set(`${type.name}.${name}`, typeof deprecationReason === 'string');
  return found;
}
