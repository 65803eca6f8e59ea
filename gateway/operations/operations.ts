import { StartRefusal } from '../../shared/environment.ts';
import { type GraphQLError, type GraphQLSchema, specifiedRules, validate } from 'graphql';
import { type Route, readRoutes } from '../doors/rest/routes.ts';
import { type NamedOperation, readOperations } from './operationFolder.ts';

/** The named operations of a folder, and what other doors need to know of them. */
export interface Operations {
  byName: ReadonlyMap<string, NamedOperation>;
  routes: readonly Route[];
}

export function loadOperations(folder: string): Operations {
  const byName = readOperations(folder);
  return { byName, routes: readRoutes(folder, byName) };
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
