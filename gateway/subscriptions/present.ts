import { GraphQLError } from 'graphql';
import { Refusal } from '../../shared/errors.ts';
import type { Caller } from '../identity/forwarding.ts';
import type { Graph } from '../supergraph/graph.ts';

/** Where the caller's stream of a field stands now; undefined when nothing is declared that could tell. */
export async function currentCursor(
  { terms, documents, execution }: Graph,
  field: string,
  caller: Caller,
): Promise<string | undefined> {
  const { now } = terms.streams[field] ?? {};
  if (now === undefined) return undefined;
  const { operation, errors: faults } = documents.read(now, undefined, undefined);
  if (!operation) throw faults[0];
  const { data, errors } = await execution.execute({ ...operation, caller });
  let value: unknown = data;
  while (typeof value === 'object' && value !== null) value = Object.values(value)[0];
  if (typeof value === 'string') return value;
  const [first] = errors ?? [];
  if (first) throw new GraphQLError(first.message, { extensions: first.extensions });
  throw new Refusal('UNAVAILABLE', 'The stream cannot be opened at the moment. Try again.');
}
