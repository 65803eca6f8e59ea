import type { Schema } from '@apollo/federation-internals';
import type { Caller } from '../../identity/forwarding.ts';
import { appliedDirectives } from '../../supergraph/appliedDirectives.ts';

/** What a caller has of that which the directives of a supergraph ask for, and nothing else. */
export interface Grants {
  isAuthenticated: boolean;
  scopes: ReadonlySet<string>;
  policies: ReadonlySet<string>;
  /** Equal for equal grants. */
  key: string;
}

/** Which of the named policies hold for a caller. */
export type GrantPolicies = (policies: readonly string[], caller: Caller) => readonly string[];

/** A type or a field asks for all of these; each is a choice of sets, and one set must be had whole. */
interface Guard {
  needsViewer: boolean;
  scopes: readonly string[][][];
  policies: readonly string[][][];
}

const none: Grants = { isAuthenticated: false, scopes: new Set(), policies: new Set(), key: '' };

/** `@authenticated`, `@requiresScopes` and `@policy` as a supergraph applies them, with whatever purpose it links them. */
export class Guards {
  readonly #guards = new Map<string, Guard>();
  readonly #scopes: readonly string[];
  readonly #policies: readonly string[];
  readonly #grantPolicies: GrantPolicies;

  constructor(schema: Schema, grantPolicies: GrantPolicies = () => []) {
    this.#grantPolicies = grantPolicies;
    for (const { coordinate } of appliedDirectives(schema, 'authenticated', 'authenticated'))
      this.#add(coordinate, { needsViewer: true });
    for (const { coordinate, arguments: given } of appliedDirectives(schema, 'requiresScopes', 'requiresScopes'))
      this.#add(coordinate, { scopes: [given['scopes'] as string[][]] });
    for (const { coordinate, arguments: given } of appliedDirectives(schema, 'policy', 'policy'))
      this.#add(coordinate, { policies: [given['policies'] as string[][]] });
    const guards = [...this.#guards.values()];
    this.#scopes = [...new Set(guards.flatMap(({ scopes }) => scopes.flat(2)))].sort();
    this.#policies = [...new Set(guards.flatMap(({ policies }) => policies.flat(2)))].sort();
  }

  get areEmpty(): boolean {
    return this.#guards.size === 0;
  }

  grantsOf(caller: Caller): Grants {
    if (this.areEmpty) return none;
    const { viewer } = caller;
    const held = new Set(viewer?.scopes);
    const scopes = this.#scopes.filter((scope) => held.has(scope));
    const allowed = new Set(this.#policies.length > 0 ? this.#grantPolicies(this.#policies, caller) : []);
    const policies = this.#policies.filter((policy) => allowed.has(policy));
    return {
      isAuthenticated: viewer !== null,
      scopes: new Set(scopes),
      policies: new Set(policies),
      key: JSON.stringify([viewer !== null, scopes, policies]),
    };
  }

  /** Whether what stands at a coordinate, `Type` or `Type.field`, may be read. */
  allow(coordinate: string, { isAuthenticated, scopes, policies }: Grants): boolean {
    const guard = this.#guards.get(coordinate);
    if (!guard) return true;
    const has = (held: ReadonlySet<string>) => (choice: string[][]) =>
      choice.some((set) => set.every((name) => held.has(name)));
    return (
      (!guard.needsViewer || isAuthenticated) && guard.scopes.every(has(scopes)) && guard.policies.every(has(policies))
    );
  }

  #add(coordinate: string, more: Partial<Guard>): void {
    const { needsViewer = false, scopes = [], policies = [] } = this.#guards.get(coordinate) ?? {};
    this.#guards.set(coordinate, {
      needsViewer: needsViewer || (more.needsViewer ?? false),
      scopes: [...scopes, ...(more.scopes ?? [])],
      policies: [...policies, ...(more.policies ?? [])],
    });
  }
}
