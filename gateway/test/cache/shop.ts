import type { GatewaySettings } from '../../gatewaySettings.ts';
import { type PlainAnswer, type PlainGraph, startPlainGraph } from '../plainGraph.ts';

const link = (...names: string[]) =>
  `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ${JSON.stringify(['@key', ...names])})\n`;

export const schemas = {
  shop: `${link()}
    type Query { products: [Product!]! product(upc: ID!): Product me: Customer }
    type Mutation { rename(name: String!): String }
    type Customer { id: ID! name: String }
    type Product @key(fields: "upc") { upc: ID! name: String weight: Int }`,
  stock: `${link('@external', '@requires')}
    type Product @key(fields: "upc") {
      upc: ID! weight: Int @external
      left: Int
      postage: Int @requires(fields: "weight")
    }`,
};

export interface Shop extends PlainGraph {
  /** What the subgraph says of caches with its next answers. */
  says: { shop: Record<string, string>; stock: Record<string, string> };
  products: Map<string, { name: string | null; weight: number; left: number | null }>;
  /** In place of the answer of `stock`. */
  stockAnswers?: ((upcs: string[]) => unknown) | undefined;
  /** Resolved before `stock` answers. */
  stockWaits?: Promise<void> | undefined;
  /** How often a subgraph was asked since the last time. */
  times(subgraph: 'shop' | 'stock'): number;
  /** Which entities `stock` was asked for since the last time. */
  upcs(): string[];
  ask(query: string, headers?: Record<string, string>): Promise<{ data: never; errors?: unknown[]; head: Headers }>;
}

/** A shop whose answers say what a test wants, behind a gateway that a test configures. */
export async function openShop(yaml: string, changes: Partial<GatewaySettings> = {}): Promise<Shop> {
  const products: Shop['products'] = new Map();
  for (let n = 1; n <= 4; n++) products.set(String(n), { name: `product ${n}`, weight: n, left: 10 * n });
  let renamed = 'nobody';
  const answer: PlainAnswer = async ({ subgraph, body, request }, response) => {
    const name = subgraph as 'shop' | 'stock';
    for (const [header, value] of Object.entries(shop.says[name])) response.setHeader(header, value);
    const { query, variables = {} } = body;
    if (name === 'stock') {
      const representations = variables['representations'] as { upc: string; weight?: number }[];
      await shop.stockWaits;
      const upcs = representations.map(({ upc }) => upc);
      if (shop.stockAnswers) return JSON.stringify(shop.stockAnswers(upcs));
      const language = request.headers['accept-language'];
      const entities = representations.map(({ upc, weight = 0 }) => ({
        ...{ __typename: 'Product', upc },
        left: products.get(upc)!.left,
        postage: language === 'de' ? weight * 100 : weight,
      }));
      return JSON.stringify({ data: { _entities: entities } });
    }
    const user = request.headers.authorization ?? 'nobody';
    if (query.startsWith('mutation'))
      return JSON.stringify({ data: { rename: (renamed = String(variables['name'] ?? 'x')) } });
    const productOf = (upc: string) => {
      const found = products.get(upc);
      return found ? { __typename: 'Product', upc, name: found.name, weight: found.weight } : null;
    };
    const data: Record<string, unknown> = {};
    if (/\bproducts\b/.test(query)) data['products'] = [...products.keys()].map(productOf);
    const upc = /product\(upc:"?(\w+)/.exec(query)?.[1];
    if (upc) data['product'] = productOf(upc);
    if (/\bme\b/.test(query)) data['me'] = { id: user, name: `${user} ${renamed}` };
    return JSON.stringify({ data });
  };
  const verify: GatewaySettings['verify'] = async (authorization) => ({
    viewer: { id: authorization, roles: [], sessionId: authorization, expiresAt: Date.now() / 1000 + 600 },
    isKeyGood: async () => true,
  });
  const graph = await startPlainGraph(schemas, answer, yaml, { verify, ...changes });
  let seen = 0;
  const since = (subgraph: string) => {
    const some = graph.asked.slice(seen).filter((each) => each.subgraph === subgraph);
    seen = graph.asked.length;
    return some;
  };
  const shop: Shop = {
    ...graph,
    says: { shop: {}, stock: {} },
    products,
    times: (subgraph) => since(subgraph).length,
    upcs: () =>
      since('stock').flatMap(({ body }) =>
        (body.variables!['representations'] as { upc: string }[]).map(({ upc }) => upc),
      ),
    async ask(query, headers = {}) {
      const response = await fetch(graph.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query }),
      });
      return { ...((await response.json()) as { data: never }), head: response.headers };
    },
  };
  return shop;
}
