import type { Subgraphs } from './compose.ts';

/** Small supergraphs that together use every directive of federation that changes how an operation is executed. */
export const commonSupergraphs: Readonly<Record<string, Subgraphs>> = {
  'keys of several kinds': {
    stock: `
      type Query { items: [Item!]! shelf(number: Int): Shelf }
      type Item @key(fields: "id") @key(fields: "code") { id: ID! code: Int! count: Int place: Shelf }
      type Shelf @key(fields: "hall { id } row") { hall: Hall! row: Int! label: String }
      type Hall @key(fields: "id") { id: ID! }`,
    shop: `
      type Query { offers: [Offer] }
      type Offer @key(fields: "item { code }") { item: Item! title: String! related: [[Item]] }
      type Item @key(fields: "code") { code: Int! offers: [Offer!] name: String! }`,
    review: `
      type Item @key(fields: "id") { id: ID! reviews(first: Int = 2): [Review!] rating: Float }
      type Review @key(fields: "id") { id: ID! text: String by: Person item: Item }
      type Person @key(fields: "id") { id: ID! }
      type Offer @key(fields: "item { code }") { item: Item! @shareable reviews: [Review] }
      extend type Item { code: Int! @shareable }`,
    people: `
      type Query { person(id: ID!): Person me: Person! }
      type Person @key(fields: "id") { id: ID! name: String! friends: [Person] }
      type Hall @key(fields: "id") { id: ID! name: String keeper: Person }
      type Shelf @key(fields: "hall { id } row") { hall: Hall! @shareable row: Int! @shareable full: Boolean }`,
  },
  'requires, also nested and with arguments': {
    products: `
      type Query { products: [Product] product(id: ID!): Product }
      type Product @key(fields: "id") { id: ID! weight: Int price(in: String): Int size: Size makers: [Maker] }
      type Size { width: Int height: Int unit: Unit }
      enum Unit { CM INCH }
      type Maker @key(fields: "id") { id: ID! country: String }`,
    shipping: `
      type Product @key(fields: "id") {
        id: ID! weight: Int @external price(in: String): Int @external size: Size @external makers: [Maker] @external
        shipping: Int @requires(fields: "weight size { width height }")
        customs: String @requires(fields: "price(in: \\"EUR\\") makers { country }")
        label: String
      }
      type Size { width: Int @external height: Int @external }
      type Maker @key(fields: "id") { id: ID! country: String @external trusted: Boolean @requires(fields: "country") }`,
    tax: `
      type Product @key(fields: "id") { id: ID! shipping: Int @external tax: Int @requires(fields: "shipping") next: Product }`,
  },
  'provides, shareable and override': {
    books: `
      type Query { books: [Book!] best: Book @provides(fields: "author { name }") }
      type Book @key(fields: "id") { id: ID! title: String @shareable pages: Int author: Author @provides(fields: "name") }
      type Author @key(fields: "id") { id: ID! name: String @external }`,
    authors: `
      type Query { authors: [Author] }
      type Author @key(fields: "id") { id: ID! name: String @shareable born: Int books: [Book] address: Address @shareable }
      type Address @shareable { city: String street: String }
      type Book @key(fields: "id") { id: ID! title: String @shareable }`,
    library: `
      type Book @key(fields: "id") { id: ID! pages: Int @override(from: "books") copies: Int! }
      type Author @key(fields: "id") { id: ID! address: Address @shareable portrait: String }
      type Address @shareable { city: String street: String }`,
  },
  'interfaces and unions across subgraphs': {
    catalog: `
      type Query { search(text: String!): [Hit] node(id: ID!): Node latest: Media everything: [[Node!]] }
      union Hit = Book | Film | Person
      interface Node { id: ID! }
      interface Media implements Node { id: ID! title: String }
      type Book implements Node & Media @key(fields: "id") { id: ID! title: String author: Person pages: Int }
      type Film implements Node & Media @key(fields: "id") { id: ID! title: String director: Person length: Int }
      type Person implements Node @key(fields: "id") { id: ID! name: String known: [Hit!] }`,
    reviews: `
      interface Media { id: ID! reviews: [Review] }
      type Book implements Media @key(fields: "id") { id: ID! reviews: [Review] }
      type Film implements Media @key(fields: "id") { id: ID! reviews: [Review] oscars: Int }
      type Review { stars: Int! by: Person about: Media }
      type Person @key(fields: "id") { id: ID! reviews: [Review!] }`,
  },
  'interface objects': {
    media: `
      type Query { media: [Media] one(id: ID!): Media books: [Book] }
      interface Media @key(fields: "id") { id: ID! title: String }
      type Book implements Media @key(fields: "id") { id: ID! title: String pages: Int }
      type Film implements Media @key(fields: "id") { id: ID! title: String length: Int }`,
    reviews: `
      type Query { reviewed: [Media!] }
      type Media @key(fields: "id") @interfaceObject { id: ID! reviews: [Review] score: Int }
      type Review @key(fields: "id") { id: ID! text: String about: Media }`,
    people: `
      type Review @key(fields: "id") { id: ID! by: String }
      type Media @key(fields: "id") @interfaceObject { id: ID! score: Int @external rank: Int @requires(fields: "score") }`,
  },
  'hidden types, fields and values': {
    visible: `
      type Query { things: [Thing] pick: Pick mood: Mood moods: [Mood!] }
      interface Thing { id: ID! name: String }
      type Chair implements Thing @key(fields: "id") { id: ID! name: String legs: Int mood: Mood! }
      type Table implements Thing @key(fields: "id") { id: ID! name: String size: Int secret: String @inaccessible }
      type Ghost implements Thing @key(fields: "id") @inaccessible { id: ID! name: String }
      union Pick = Chair | Ghost
      enum Mood { GOOD BAD HIDDEN @inaccessible }`,
    more: `
      type Chair @key(fields: "id") { id: ID! hidden: Int @inaccessible comfort: Int }
      type Table @key(fields: "id") { id: ID! secret: String @external colour: String @requires(fields: "secret") }
      type Ghost @key(fields: "id") @inaccessible { id: ID! age: Int }`,
  },
  'enums, scalars, inputs and mutations': {
    orders: `
      scalar Money
      scalar Json
      enum State { OPEN PAID SENT }
      input Filter { state: State first: Int = 3 tags: [String!] }
      type Query { orders(filter: Filter): [Order!]! order(id: ID!): Order }
      type Mutation { open(title: String!): Order! pay(id: ID!, amount: Money): Order }
      type Order @key(fields: "id") { id: ID! state: State! total: Money data: Json title: String! states: [State] }`,
    customers: `
      scalar Money
      type Query { customer: Customer }
      type Mutation { rename(name: String!): Customer }
      type Customer @key(fields: "id") { id: ID! name: String! orders: [Order!] debt: Money }
      type Order @key(fields: "id") { id: ID! customer: Customer! }`,
    mail: `
      type Mutation { remind(id: ID!): Boolean! }
      type Customer @key(fields: "id") { id: ID! mails(last: Int): [Mail!]! }
      type Mail { subject: String read: Boolean! }`,
  },
  'chains of strict fields': {
    a: `
      type Query { a: A! as: [A!]! maybe: A }
      type A @key(fields: "id") { id: ID! b: B! bs: [B!]! }
      type B @key(fields: "id") { id: ID! }`,
    b: `
      type B @key(fields: "id") { id: ID! value: Int! c: C cs: [[C!]!] }
      type C @key(fields: "id") { id: ID! }`,
    c: `
      type C @key(fields: "id") { id: ID! deep: D! text: String! }
      type D { x: Int! y: Int e: [D!] a: A! }
      type A @key(fields: "id") { id: ID! extra: String! }`,
  },
  'conflicting types of one name behind a union': {
    left: `
      type Query { values: [Value] }
      union Value = Number | Word
      type Number @key(fields: "id") { id: ID! value: Int! unit: Unit }
      type Word @key(fields: "id") { id: ID! value: String! unit: String }
      type Unit { name: String }`,
    right: `
      type Number @key(fields: "id") { id: ID! size: Int similar: [Value] }
      type Word @key(fields: "id") { id: ID! size: String! similar: [Value] }
      union Value = Number | Word`,
  },
};
