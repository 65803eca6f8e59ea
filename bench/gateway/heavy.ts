import { readFileSync } from 'node:fs';
import { parse } from 'graphql';
import { serving } from './child.ts';
import { type Subgraph, serveInMemory } from './inMemory.ts';

/** The four subgraphs of the public benchmark, in Federation 1 so that every gateway can take them. */
interface User {
  id: string;
  username: string;
  name: string;
  reviews: Review[];
}
interface Review {
  id: string;
  body: string;
  product?: Product;
  author?: User;
}
interface Product {
  upc: string;
  name: string;
  price: number;
  weight: number;
  inStock: boolean;
  shippingEstimate: number | null;
  reviews: Review[];
}

const { data } = JSON.parse(readFileSync(new URL('./data/expected.json', import.meta.url), 'utf8')) as {
  data: { users: User[]; topProducts: Product[] };
};
const users = new Map<string, User>();
const reviews = new Map<string, Review>();
const products = new Map<string, Product>();

/** The answer holds each thing many times, and not each time all of it. */
function learn<Thing extends object>(known: Map<string, Thing>, key: string, seen: Thing): void {
  known.set(key, { ...known.get(key), ...seen });
}
function learnUser(user: User): void {
  learn(users, user.id, user);
  user.reviews?.forEach(learnReview);
}
function learnReview(review: Review): void {
  learn(reviews, review.id, review);
  if (review.product) learnProduct(review.product);
  if (review.author) learnUser(review.author);
}
function learnProduct(product: Product): void {
  learn(products, product.upc, product);
  product.reviews?.forEach(learnReview);
}
data.users.forEach(learnUser);
data.topProducts.forEach(learnProduct);

const whole = (review: Review) => reviews.get(review.id);

const subgraphs: Record<string, Subgraph> = {
  accounts: {
    typeDefs: parse(`
      extend type Query { me: User user(id: ID!): User users: [User] }
      type User @key(fields: "id") { id: ID! name: String username: String birthday: Int }`),
    resolvers: {
      Query: {
        me: () => users.get('1'),
        user: (_: unknown, { id }: { id: string }) => users.get(id),
        users: () => data.users,
      },
      User: { __resolveReference: ({ id }: User) => users.get(id) },
    },
  },
  inventory: {
    typeDefs: parse(`
      extend type Product @key(fields: "upc") {
        upc: String! @external weight: Int @external price: Int @external
        inStock: Boolean shippingEstimate: Int @requires(fields: "price weight") }`),
    resolvers: { Product: { __resolveReference: ({ upc }: Product) => products.get(upc) } },
  },
  products: {
    typeDefs: parse(`
      extend type Query { topProducts(first: Int = 5): [Product] }
      type Product @key(fields: "upc") { upc: String! name: String price: Int weight: Int }`),
    resolvers: {
      Query: { topProducts: (_: unknown, { first }: { first: number }) => data.topProducts.slice(0, first) },
      Product: { __resolveReference: ({ upc }: Product) => products.get(upc) },
    },
  },
  reviews: {
    typeDefs: parse(`
      type Review @key(fields: "id") { id: ID! body: String product: Product author: User @provides(fields: "username") }
      extend type User @key(fields: "id") { id: ID! @external username: String @external reviews: [Review] }
      extend type Product @key(fields: "upc") { upc: String! @external reviews: [Review] }`),
    resolvers: {
      Review: { __resolveReference: whole, author: (review: Review) => users.get(whole(review)!.author!.id) },
      User: {
        __resolveReference: ({ id }: User) => users.get(id),
        reviews: ({ id }: User) => users.get(id)!.reviews.map(whole),
      },
      Product: {
        __resolveReference: ({ upc }: Product) => products.get(upc),
        reviews: ({ upc }: Product) => products.get(upc)!.reviews.map(whole),
      },
    },
  },
};

serving(await serveInMemory(subgraphs));
