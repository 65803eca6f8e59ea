import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { GraphQLServerContext } from '@apollo/server';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import { Refusal } from '../../../shared/errors.ts';
import { prefersPage } from '../http/negotiation.ts';

/** What GraphiQL is made of, all from packages that are installed here. */
const parts: Record<string, { library: string; file: string; type: string }> = {
  '/graphiql/graphiql.css': { library: 'graphiql', file: 'graphiql.min.css', type: 'text/css' },
  '/graphiql/graphiql.js': { library: 'graphiql', file: 'graphiql.min.js', type: 'text/javascript' },
  '/graphiql/react.js': { library: 'react', file: 'umd/react.production.min.js', type: 'text/javascript' },
  '/graphiql/react-dom.js': { library: 'react-dom', file: 'umd/react-dom.production.min.js', type: 'text/javascript' },
  '/graphiql/graphql-ws.js': { library: 'graphql-ws', file: 'umd/graphql-ws.min.js', type: 'text/javascript' },
};

export interface Pages {
  /** True when the path was a page's and is answered. */
  answer(path: string, request: IncomingMessage, response: ServerResponse): boolean;
}

/**
 * The pages of development: GraphiQL, wholly from this machine; `/sandbox` leads to Apollo's Sandbox, which the graph's own address shows
 * to browsers, and so does `/` where no client is served.
 */
export async function openPages(): Promise<Pages> {
  const sandbox = await openSandbox();
  const page = readFileSync(new URL('./graphiql.html', import.meta.url));
  const script = /<script>([\s\S]*?)<\/script>/.exec(page.toString())![1]!;
  const policy = [
    "default-src 'none'",
    `script-src 'self' 'sha256-${createHash('sha256').update(script).digest('base64')}'`,
    "style-src 'self' 'unsafe-inline'", // the editor positions its parts by style attributes
    "img-src 'self' data:",
    'font-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

  const send = (response: ServerResponse, type: string, body: Buffer) => {
    response.writeHead(200, {
      'content-type': `${type}; charset=utf-8`,
      'content-length': body.length,
      'cache-control': 'no-cache',
    });
    response.end(body);
  };
  return {
    answer(path, { method, headers }, response) {
      if (method !== 'GET') return false;
      if (path === '/' || path === '/sandbox') response.writeHead(302, { location: '/graphql' }).end();
      else if (path === '/graphql' && prefersPage(headers.accept)) send(response, 'text/html', sandbox);
      else if (path === '/graphiql') {
        response.setHeader('content-security-policy', policy);
        response.setHeader('referrer-policy', 'no-referrer');
        send(response, 'text/html', page);
      } else if (Object.hasOwn(parts, path)) send(response, parts[path]!.type, readPart(parts[path]!));
      else return false;
      return true;
    },
  };
}

/** The page by which Apollo Server shows Apollo's Sandbox; it brings its own policy. */
async function openSandbox(): Promise<Buffer> {
  const plugin = ApolloServerPluginLandingPageLocalDefault({ footer: false });
  const page = await (await plugin.serverWillStart!({} as GraphQLServerContext))!.renderLandingPage!();
  return Buffer.from(typeof page.html === 'string' ? page.html : await page.html());
}

const resolver = createRequire(import.meta.url);

function readPart({ library, file }: { library: string; file: string }): Buffer {
  try {
    return readFileSync(join(dirname(resolver.resolve(`${library}/package.json`)), file));
  } catch {
    throw new Refusal(
      'NOT_FOUND',
      `GraphiQL needs the package ${library}, which is for development only: install with \`npm ci\`, without --omit=dev.`,
    );
  }
}
