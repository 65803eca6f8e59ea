import type { Subgraphs } from './compose.ts';

/** Shapes that few supergraphs have and that an executor gets wrong easily, one supergraph each. */
export const unusualSupergraphs: Readonly<Record<string, Subgraphs>> = {
  'fields of type Query in answers': {
    users: `
      type Query { user(id: ID!): User users: [User!] ping: Int }
      type User @key(fields: "id") { id: ID! name: String query: Query }`,
    carts: `
      type Query { cart: Cart carts: [Cart] count(of: Int): Int }
      type Cart { query: Query again: Query! owner: User total: Int }
      type User @key(fields: "id") { id: ID! age: Int cart: Cart }`,
    ads: `
      type Query { banner: Banner }
      type Banner { text: String views: Int! query: Query }`,
  },
  'payloads of mutations that reach Query': {
    users: `
      type Query { user(id: ID!): User me: User }
      type Mutation { rename(name: String): RenamePayload }
      type RenamePayload { ok: Boolean! query: Query user: User }
      type User @key(fields: "id") { id: ID! name: String }`,
    items: `
      type Query { items: [Item] first: Item! }
      type Mutation { add(what: Int): AddPayload! remove(what: Int): [AddPayload!] }
      type AddPayload { query: Query! items: [Item!] by: User }
      type Item @key(fields: "id") { id: ID! title: String owner: User }
      type User @key(fields: "id") { id: ID! items: [Item] }`,
  },
  'payloads that reach Mutation, under nullable parents': {
    doors: `
      type Query { open: Boolean }
      type Mutation { open(door: Int): Opened opens: [Opened] }
      type Opened { number: Int mutation: Mutation query: Query }`,
    counts: `
      type Query { count: Int }
      type Mutation { bump(by: Int): Int bumps: Bumped }
      type Bumped { size: Int mutation: Mutation! query: Query }`,
  },
  'namespaces that several subgraphs share': {
    users: `
      type Query { users: UserQueries @shareable }
      type UserQueries { all: [User] one(id: ID!): User }
      type Mutation { users: UserMutations! maybe: MaybeMutations }
      type UserMutations { create(name: String): User }
      type MaybeMutations { left(n: Int): Int }
      type User @key(fields: "id") { id: ID! name: String }`,
    orders: `
      type Query { users: UserQueries @shareable orders: OrderQueries! }
      type UserQueries { buyers: [User!] }
      type OrderQueries { latest: Order }
      type Mutation { order(n: Int): Order orders: OrderMutations }
      type OrderMutations { cancel(n: Int): Order }
      type Order { number: Int user: User }
      type User @key(fields: "id") { id: ID! orders: [Order!] }`,
  },
  'contexts of the own subgraph': {
    shops: `
      type Query { shops: [Shop!] mall: Mall }
      type Mall { shop: Shop name: String }
      type Shop @key(fields: "id") @context(name: "shop") { id: ID! currency: String floor: Floor items: [Item] }
      type Floor { number: Int items: [Item] }
      type Item @key(fields: "id") { id: ID! price(in: String @fromContext(field: "$shop { currency }")): String name: String }`,
    money: `
      type Query { rate: Int }
      type Item @key(fields: "id") { id: ID! weight: Int }`,
  },
  'contexts that another subgraph provides': {
    shops: `
      type Query { shops: [Shop!] street: Street }
      type Street { shop: Shop! name: String }
      type Shop @key(fields: "id") @context(name: "shop") {
        id: ID! currency: String @external level: Int @external address: Address @external floor: Floor items: [Item] }
      type Address { city: String @external }
      type Floor { number: Int item: Item }
      type Item @key(fields: "id") {
        id: ID!
        price(in: String @fromContext(field: "$shop { currency }"), most: Int): String
        tax(at: Int @fromContext(field: "$shop { level }"), city: String @fromContext(field: "$shop { address { city } }")): Int
        name: String }`,
    money: `
      type Query { rate: Int richest: Shop }
      type Shop @key(fields: "id") { id: ID! currency: String level: Int address: Address }
      type Address { city: String }
      type Item @key(fields: "id") { id: ID! weight: Int }`,
    stock: `
      type Query { stocked: Shop }
      type Shop @key(fields: "id") { id: ID! stocked: [Item] best: Item shelf: Shelf }
      type Shelf { number: Int item: Item }
      type Item @key(fields: "id") { id: ID! count: Int }`,
  },
  'contexts of several types': {
    cinemas: `
      type Query { cinema: Cinema stage: Stage halls: [Cinema] }
      type Cinema @key(fields: "id") @context(name: "place") { id: ID! language: String show: Show }
      type Stage @key(fields: "id") @context(name: "place") { id: ID! tongue: String show: Show shows: [Show!] }
      type Show @key(fields: "id") {
        id: ID! title(in: String @fromContext(field: "$place ... on Cinema { language } ... on Stage { tongue }")): String! seats: Int }`,
    reviews: `type Show @key(fields: "id") { id: ID! stars: Int }`,
  },
  'progressive overrides': {
    old: `
      type Query { items: [Item] first: Item count: Int }
      type Item @key(fields: "id") { id: ID! title: String price: Int part: Part }
      type Part @shareable { name: String }`,
    fresh: `
      type Query { count: Int @override(from: "old", label: "counting") }
      type Item @key(fields: "id") {
        id: ID!
        title: String @override(from: "old", label: "percent(40)")
        price: Int @override(from: "old", label: "pricing")
        rating: Int }`,
    more: `
      type Query { dearest: Item }
      type Item @key(fields: "id") { id: ID! tax: Int }`,
  },
  'nested provides': {
    books: `
      type Query { books: [Book] best: Book @provides(fields: "author { address { city } }") }
      type Book @key(fields: "id") {
        id: ID! title: String author: Author @provides(fields: "name address { city country { code } }") }
      type Author @key(fields: "id") { id: ID! name: String @external address: Address @external }
      type Address { city: String @external country: Country @external }
      type Country { code: Int @external }`,
    authors: `
      type Query { author: Author }
      type Author @key(fields: "id") { id: ID! name: String @shareable address: Address @shareable books: [Book] }
      type Address { city: String @shareable street: String country: Country @shareable }
      type Country { code: Int @shareable title: String }
      type Book @key(fields: "id") { id: ID! pages: Int }`,
  },
  'provides through interfaces': {
    shelves: `
      type Query { shelf: Shelf }
      type Shelf { top: Media @provides(fields: "... on Book { title } ... on Film { length }") all: [Media] }
      interface Media { id: ID! }
      type Book implements Media @key(fields: "id") { id: ID! title: String @external }
      type Film implements Media @key(fields: "id") { id: ID! length: Int @external }`,
    media: `
      type Query { film: Film }
      type Book @key(fields: "id") { id: ID! title: String @shareable pages: Int }
      type Film @key(fields: "id") { id: ID! length: Int @shareable next: Film }`,
  },
  'keys that cannot be resolved': {
    bakery: `
      type Query { product: Product products: [Product!] bread: Bread }
      interface Product { id: ID! }
      type Bread implements Product @key(fields: "id", resolvable: false) { id: ID! }
      type Cake implements Product @key(fields: "id", resolvable: false) @key(fields: "code") { id: ID! code: Int! layers: Int }`,
    prices: `
      type Bread @key(fields: "id") { id: ID! price: Int }
      type Cake @key(fields: "code", resolvable: false) @key(fields: "id") { id: ID! code: Int! price: Int bread: Bread }`,
    reviews: `
      type Query { latest: Review }
      type Review { text: String about: Bread }
      type Bread @key(fields: "id", resolvable: false) { id: ID! }`,
  },
  'interface objects that cannot be resolved': {
    media: `
      type Query { media: [Media] film: Film }
      interface Media @key(fields: "id") { id: ID! title: String }
      type Book implements Media @key(fields: "id") { id: ID! title: String pages: Int }
      type Film implements Media @key(fields: "id") { id: ID! title: String length: Int }`,
    loans: `
      type Query { loans: [Loan!] }
      type Loan { days: Int of: Media }
      type Media @key(fields: "id", resolvable: false) @interfaceObject { id: ID! }`,
    scores: `type Media @key(fields: "id") @interfaceObject { id: ID! score: Int }`,
  },
  'requires through interfaces': {
    people: `
      type Query { owner: Owner owners: [Owner!] }
      interface Owner { id: ID! name: String }
      type Person implements Owner @key(fields: "id") { id: ID! name: String age: Int friend: Owner }
      type Firm implements Owner @key(fields: "id") { id: ID! name: String tax: String boss: Person }`,
    things: `
      type Query { things: [Thing] }
      type Thing @key(fields: "id") { id: ID! owner: Owner owners: [Owner!] size: Int }
      interface Owner { id: ID! }
      type Person implements Owner @key(fields: "id") { id: ID! }
      type Firm implements Owner @key(fields: "id") { id: ID! }`,
    labels: `
      type Thing @key(fields: "id") {
        id: ID! owner: Owner @external size: Int @external
        label: String @requires(fields: "size owner { id ... on Person { age } ... on Firm { tax } }") }
      interface Owner { id: ID! }
      type Person implements Owner @key(fields: "id") {
        id: ID! age: Int @external friend: Owner @external greeting: String @requires(fields: "age friend { id ... on Firm { tax } }") }
      type Firm implements Owner @key(fields: "id") { id: ID! tax: String @external stamp: Int @requires(fields: "tax") }`,
  },
  'cyclic entities': {
    a: `
      type Query { a: A }
      type A @key(fields: "id") { id: ID! b: B bs: [B!] self: A }
      type B @key(fields: "id") { id: ID! }`,
    b: `
      type B @key(fields: "id") @key(fields: "code") { id: ID! code: Int! c: C a: A }
      type C @key(fields: "b { code }") { b: B! note: String }
      type A @key(fields: "id") { id: ID! rank: Int }`,
    c: `
      type Query { cs: [C] }
      type C @key(fields: "b { code }") { b: B! a: A size: Int others: [C] }
      type B @key(fields: "code") { code: Int! mark: String }
      type A @key(fields: "id") { id: ID! c: C rank: Int @external double: Int @requires(fields: "rank") }`,
  },
  'subscriptions whose payload reaches Query': {
    chat: `
      type Query { subgraph: Subgraph }
      type Subscription { said(subgraph: Int): Said noises: [Said!] }
      type Said { text: String! query: Query by: User subgraph: Subgraph }
      type Subgraph @key(fields: "id") { id: ID! name: String }
      type User @key(fields: "id") { id: ID! }`,
    users: `
      type Query { me: User user(id: ID!): User }
      type User @key(fields: "id") { id: ID! name: String subgraphs: [Subgraph!] query: Query }
      type Subgraph @key(fields: "id") { id: ID! }`,
  },
  '64-bit keys and numbers': {
    ledger: `
      scalar Long
      type Query { account(id: Long): Account accounts: [Account!] }
      type Account @key(fields: "id") { id: Long! balance: Long history: [Long!] owner: Holder }
      type Holder @key(fields: "number code") { number: Long! code: ID! }`,
    bank: `
      scalar Long
      type Query { total: Long }
      type Account @key(fields: "id") { id: Long! limit: Long balance: Long @external rest: Int @requires(fields: "balance") }
      type Holder @key(fields: "number code") { number: Long! code: ID! name: String worth: Long accounts: [Account] }`,
  },
  'requires behind a field of another subgraph': {
    boxes: `
      type Query { boxes: [Box!]! box(id: ID!): Box }
      type Box @key(fields: "id") { id: ID! label: String }`,
    shipping: `
      type Box @key(fields: "id") { id: ID! item: Item items: [Item!]! size: Int }
      type Item @key(fields: "id") { id: ID! weight: Float @external cost: Float @requires(fields: "weight") }`,
    stock: `
      type Item @key(fields: "id") { id: ID! weight: Float left: Int box: Box }
      type Box @key(fields: "id") { id: ID! }`,
  },
};
