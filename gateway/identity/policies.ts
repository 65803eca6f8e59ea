import type { GrantPolicies } from '../execution/authorization/guards.ts';

/** Who fulfils a policy of `@policy`: whoever is signed in and has one of the roles and one of the scopes, where any are named. */
export interface PolicyTerms {
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
}

/** Policies by what tokens say. A policy that is not described is fulfilled by nobody. */
export function policiesByClaims(policies: Readonly<Record<string, PolicyTerms>>): GrantPolicies {
  const terms = new Map(Object.entries(policies));
  const hasOne = (wanted: readonly string[], held: readonly string[] = []) =>
    wanted.length === 0 || wanted.some((each) => held.includes(each));
  return (names, { viewer }) =>
    names.filter((name) => {
      const wanted = terms.get(name);
      return viewer !== null && wanted && hasOne(wanted.roles, viewer.roles) && hasOne(wanted.scopes, viewer.scopes);
    });
}
