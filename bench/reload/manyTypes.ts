/** Schemas of ten subgraphs with so many entities, each of which two subgraphs know. With `addition` the first one has a field more. */
export function manyTypes(types: number, addition = ''): Record<string, string> {
  const services = 10;
  const per = Math.ceil(types / services);
  const total = per * services;
  return Object.fromEntries(
    Array.from({ length: services }, (_, service) => {
      const own = Array.from({ length: per }, (_, n) => service * per + n);
      const fields = own.map((n) => `  t${n}(id: ID!): T${n}\n  t${n}s(first: Int = 10): [T${n}!]!`);
      const known = new Map<number, string>();
      for (const n of own) {
        known.set(
          n,
          `id: ID! name: String! size: Int tags: [String!]! next: T${(n + 1) % total} ${n === 0 ? addition : ''}`,
        );
        known.set((n + per) % total, `id: ID! note${service}: String score${service}: Float`);
      }
      const next = (own.at(-1)! + 1) % total;
      if (!known.has(next)) known.set(next, 'id: ID!');
      const entities = [...known].map(
        ([n, inside]) =>
          `type T${n} @key(fields: "id"${inside === 'id: ID!' ? ', resolvable: false' : ''}) { ${inside} }`,
      );
      const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';
      return [`s${service}`, `${link}\ntype Query {\n${fields.join('\n')}\n}\n${entities.join('\n')}\n`];
    }),
  );
}
