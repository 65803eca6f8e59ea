import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { mask } from '../shared/errors.ts';
import type { Log } from '../shared/process/log.ts';
import type { Traffic } from './metrics/traffic.ts';

/** Masks errors for a client, counts what it is told, and logs what it is not told. */
export type Report = (errors: readonly GraphQLError[]) => GraphQLFormattedError[];

export const openReport =
  (traffic: Traffic, log: Log, shown?: ReadonlySet<unknown>): Report =>
  (errors) =>
    errors.map((error) => {
      const masked = mask(error.toJSON(), shown);
      const code = masked.extensions?.['code'];
      traffic.refused(code);
      // An error of a subgraph was masked, and logged, when the subgraph had answered.
      const isHidden = error.originalError !== undefined || error.message !== masked.message;
      if (code === 'INTERNAL_SERVER_ERROR' && isHidden)
        log.error({ err: error.originalError ?? error, path: error.path }, 'an operation failed');
      return masked;
    });

/** Whatever was thrown, as an error that can be reported: what is not of GraphQL is masked and logged. */
export const asGraphQLError = (error: unknown): GraphQLError =>
  error instanceof GraphQLError ? error : new GraphQLError('Internal server error', { originalError: error as Error });
