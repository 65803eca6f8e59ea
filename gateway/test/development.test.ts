import { getIntrospectionQuery } from 'graphql';
import { type TestGraph, startTestGraph } from './graph.ts';
import { browse } from './request.ts';

describe('outside of development', () => {
  let graph: TestGraph;
  beforeAll(async () => {
    graph = await startTestGraph();
  });
  afterAll(() => graph.stop());

  test('the schema cannot be asked for', async () => {
    const { status, errors } = await graph.ask(getIntrospectionQuery());
    expect(status).toBe(400);
    expect(new Set(errors!.map(({ extensions }) => extensions.code))).toEqual(new Set(['GRAPHQL_VALIDATION_FAILED']));
  });

  test('a typing error gets no suggestion', async () => {
    const [misspelt, kind] = await Promise.all([
      graph.ask('{ peopl { id } }'),
      graph.ask('query($a: Strin) { hello(name: $a) }'),
    ]);
    expect(JSON.stringify([misspelt.errors, kind.errors])).not.toContain('Did you mean');
  });

  test.each(['/', '/sandbox', '/graphiql', '/graphiql/graphiql.js', '/graphql'])(
    '%s shows no page to a browser',
    async (path) => {
      const { status, text } = await browse(graph.url, path);
      expect([400, 404]).toContain(status);
      expect(text).not.toMatch(/graphiql|playground|sandbox|<html/i);
    },
  );
});

describe('in development', () => {
  let graph: TestGraph;
  beforeAll(async () => {
    graph = await startTestGraph({ development: true });
  });
  afterAll(() => graph.stop());

  test('the schema can be asked for, and shows nothing of federation', async () => {
    const { status, data } = await graph.ask(getIntrospectionQuery());
    expect(status).toBe(200);
    expect(JSON.stringify(data)).toContain('"Person"');
    expect(JSON.stringify(data)).not.toContain('join__');
  });

  test('a typing error gets a suggestion', async () => {
    expect((await graph.ask('{ peopl { id } }')).errors![0]!.message).toContain('Did you mean "people"?');
  });

  test("a browser gets Apollo's Sandbox at the graph's own address, and / and /sandbox lead there", async () => {
    const page = await browse(graph.url, '/graphql');
    expect(page.text).toContain('embeddable-sandbox');
    for (const path of ['/', '/sandbox'])
      expect((await browse(graph.url, path)).headers).toMatchObject({
        location: '/graphql',
      });
  });

  test('GraphiQL is wholly served from here, and its policy lets it load nothing else', async () => {
    const { text, headers } = await browse(graph.url, '/graphiql');
    const named = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address!);
    expect(named).toHaveLength(6);
    for (const address of named) {
      expect(address).toMatch(/^(\/graphiql\/|data:,)/);
      if (address !== 'data:,') expect((await browse(graph.url, address)).status).toBe(200);
    }
    expect(text).not.toMatch(/https?:\/\/|["'(]\/\//);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval|script-src[^;]*unsafe-inline/);
  });
});
