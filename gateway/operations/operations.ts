import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { StartRefusal } from '../../shared/environment.ts';
import { type GraphQLError, type GraphQLSchema, specifiedRules, validate } from 'graphql';
import type { Lock } from '../doors/grpc/fieldNumbers.ts';
import type { GrpcNames } from '../doors/grpc/protoOf.ts';
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

export function loadOperations(folder: string): Operations {
  const byName = readOperations(folder);
  const grpc = readGrpc(folder, byName);
  return { byName, routes: readRoutes(folder, byName), ...(grpc && { grpc }) };
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
  const lock = join(folder, 'grpc.lock.json');
  return {
    names: { package: name!, service: service!, names },
    lock: existsSync(lock) ? (JSON.parse(readFileSync(lock, 'utf8')) as Lock) : {},
  };
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
