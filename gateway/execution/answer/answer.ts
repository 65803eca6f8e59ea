import type { GraphQLFormattedError } from 'graphql';
import type { SubgraphAnswer } from '../execution.ts';
import { parseExact } from './exactJson.ts';

/** Stands for the answer of a subgraph that gave none, or none that can be used. */
export function failedAnswer(service: string, isLate: boolean): SubgraphAnswer {
  const what = isLate ? 'took too long to answer' : 'is not available at the moment';
  const code = isLate ? 'SUBGRAPH_TIMEOUT' : 'SUBGRAPH_UNAVAILABLE';
  const message = `The part of the graph called "${service}" ${what}.`;
  return { data: null, errors: [{ message, extensions: { code, serviceName: service } }] };
}

/** A JSON answer of the GraphQL shape. */
export function asAnswer(text: string): SubgraphAnswer {
  const answer = parseExact(text);
  if (!isObject(answer) || (!isObject(answer['data']) && !Array.isArray(answer['errors'])))
    throw new Error('it answered JSON that is not of the GraphQL shape');
  const { data, errors } = answer as { data?: unknown; errors?: unknown };
  return {
    ...(data !== undefined && { data: isObject(data) ? data : null }),
    ...(Array.isArray(errors) &&
      errors.length > 0 && { errors: errors.filter(isObject) as unknown as GraphQLFormattedError[] }),
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
