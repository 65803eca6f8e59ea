import type { GraphQLError } from 'graphql';

/** The answer's own status and headers beside what GraphQL says. */
export interface Head {
  status: number;
  retryAfterSeconds: number;
}

const statuses: Record<string, number> = { RATE_LIMITED: 429, UNAVAILABLE: 503 };

/**
 * When an operation came to nothing because somebody has to wait, programs that know nothing of GraphQL should wait too: proxies, browsers,
 * fetch libraries. Undefined for every other answer; what has data is 200.
 */
export function headOf(hasData: boolean, errors: readonly GraphQLError[] | undefined): Head | undefined {
  if (hasData || !errors) return undefined;
  const found = errors.find(({ extensions }) => Object.hasOwn(statuses, String(extensions['code'])));
  if (!found) return undefined;
  const { code, retryAfterSeconds } = found.extensions;
  return {
    status: statuses[String(code)]!,
    retryAfterSeconds: typeof retryAfterSeconds === 'number' ? retryAfterSeconds : 1,
  };
}
