import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Misfit } from './writing.ts';

/** The misfits that no error of a subgraph explains, as errors. */
export const unexplained = (
  misfits: readonly Misfit[],
  errors: readonly GraphQLFormattedError[],
): GraphQLFormattedError[] => misfits.filter((misfit) => !isExplained(misfit, errors)).map(asError);

/** A missing value is no news where a subgraph has reported an error above it, below it, or without saying where. */
const isExplained = ({ path, code }: Misfit, errors: readonly GraphQLFormattedError[]): boolean =>
  code === 'INTERNAL_SERVER_ERROR' &&
  errors.some(
    (error) => !error.path || path.every((element, i) => i >= error.path!.length || error.path![i] === element),
  );

const asError = ({ message, path, code }: Misfit): GraphQLFormattedError => ({
  message,
  path,
  extensions: { code },
});

export function asGraphQLError({ message, path, extensions }: GraphQLFormattedError): GraphQLError {
  return new GraphQLError(message, { ...(path && { path }), ...(extensions && { extensions }) });
}
