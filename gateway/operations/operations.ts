import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { StartRefusal } from '../../shared/process/environment.ts';
import { type GraphQLError, type GraphQLSchema, specifiedRules, validate } from 'graphql';
import type { Lock } from '../doors/grpc/proto/fieldNumbers.ts';
import type { GrpcNames } from '../doors/grpc/proto/protoOf.ts';
import { type Route, readRoutes } from '../doors/rest/routes.ts';
import { type NamedOperation, readOperations } from './operationFolder.ts';

/** The named operations of a folder, and what other doors need to know of them. */
export interface Operations {
  byName: ReadonlyMap<string, NamedOperation>;
  routes: readonly Route[];
  /** Absent: they are not served over gRPC. */
  grpc?: Grpc;
}

/** What `FOLDER/grpc.yaml` and `FOLDER/grpc.lock.json` say. */
export interface Grpc {
  names: GrpcNames;
  lock: Lock;
}

/**
 * The operations of one folder, or of several as one: subgraphs that join bring theirs. Only one of the folders has a grpc.yaml, and all operations are
 * methods of its service. Throws a StartRefusal.
 */
export function loadOperations(...folders: string[]): Operations {
  const read = folders.map((folder) => loadFolder(folder));
  refuseDoubles(read);
  const services = read.flatMap(({ grpc }) => grpc ?? []);
  if (services.length > 1)
    throw new StartRefusal(`More than one of ${folders.join(', ')} has a grpc.yaml.`, 'Keep one of them.');
  const lock = Object.assign({}, ...folders.map(readLock)) as Lock;
  return {
    byName: new Map(read.flatMap(({ byName }) => [...byName])),
    routes: read.flatMap(({ routes }) => routes),
    ...(services[0] && { grpc: { ...services[0], lock } }),
  };
}

function loadFolder(folder: string): Operations {
  const byName = readOperations(folder);
  const grpc = readGrpc(folder, byName);
  return { byName, routes: readRoutes(folder, byName), ...(grpc && { grpc }) };
}

/** One name or one address in two folders. */
function refuseDoubles(read: readonly Operations[]): void {
  const said = read.flatMap(({ byName, routes }) => [
    ...byName.keys(),
    ...routes.map(({ method, path }) => `${method} ${path.replaceAll(/\{[^}]*\}/g, '{}')}`),
  ]);
  const twice = [...new Set(said.filter((one, n) => said.indexOf(one) !== n))];
  if (twice.length > 0)
    throw new StartRefusal(`Two folders of operations have ${twice.join(', ')}.`, 'Rename those of one folder.');
}

function readLock(folder: string): Lock {
  const file = join(folder, 'grpc.lock.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Lock) : {};
}

function readGrpc(folder: string, byName: Operations['byName']): Grpc | undefined {
  const file = join(folder, 'grpc.yaml');
  if (!existsSync(file)) return undefined;
  const {
    package: name,
    service,
    names = {},
    ...rest
  } = (parse(readFileSync(file, 'utf8')) ?? {}) as Partial<GrpcNames>;
  const isName = (value: unknown) => typeof value === 'string' && /^[A-Za-z][\w.]*$/.test(value);
  const faults = [
    ...(isName(name) ? [] : ['package must be a name such as studio.v1']),
    ...(isName(service) ? [] : ['service must be a name such as Studio']),
    ...Object.keys(rest).map((key) => `${key} is not known`),
    ...Object.entries(names).flatMap(([key, value]) =>
      byName.has(key) && isName(value)
        ? []
        : [`names.${key} must give an operation of this folder the name of a method`],
    ),
  ];
  if (faults.length > 0) throw new StartRefusal(`${file}: ${faults.join('; ')}.`, 'Correct these lines.');
  return { names: { package: name!, service: service!, names }, lock: readLock(folder) };
}

/** Throws a StartRefusal that names every operation which the schema does not allow, each with its first fault. */
export function checkOperations({ byName }: Operations, schema: GraphQLSchema): void {
  const faults = [...byName.values()].flatMap(({ name, document }) =>
    validate(schema, document, specifiedRules)
      .slice(0, 1)
      .map((error) => `${name}: ${placed(error)}`),
  );
  if (faults.length > 0)
    throw new StartRefusal(`Operations do not fit the supergraph: ${faults.join(' ')}`, 'Correct these operations.');
}

const placed = ({ message, locations }: GraphQLError) =>
  locations?.[0] ? `line ${locations[0].line}: ${message}` : message;
