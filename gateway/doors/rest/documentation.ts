import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const resolver = createRequire(import.meta.url);

/** Swagger UI from the package that is installed here: nothing of it comes from elsewhere. */
const parts: Record<string, { file: string; type: string }> = {
  '/docs/swagger-ui.css': { file: 'swagger-ui.css', type: 'text/css' },
  '/docs/swagger-ui.js': { file: 'swagger-ui-bundle.js', type: 'text/javascript' },
};

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>REST API</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
  </head>
  <body>
    <div id="api"></div>
    <script src="/docs/swagger-ui.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;
const start = `SwaggerUIBundle({ url: '/api/openapi.json', dom_id: '#api', deepLinking: true, persistAuthorization: true, validatorUrl: null });\n`;

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'", // Swagger UI positions its parts by style attributes
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Serves `/api/openapi.json` and `/docs`; false for any other address. */
export function answerDocumentation(
  openApi: string,
  { url = '/', method }: IncomingMessage,
  response: ServerResponse,
): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  const path = url.split('?')[0]!;
  const send = (type: string, text: string | Buffer) => {
    const body = Buffer.from(text);
    response.writeHead(200, {
      ...{ 'content-type': `${type}; charset=utf-8`, 'content-length': body.length },
      ...{ 'cache-control': 'no-cache', 'content-security-policy': policy, 'referrer-policy': 'no-referrer' },
    });
    response.end(method === 'HEAD' ? undefined : body);
  };
  const part = Object.hasOwn(parts, path) ? parts[path] : undefined;
  if (path === '/api/openapi.json') send('application/json', openApi);
  else if (path === '/docs' || path === '/docs/') send('text/html', page);
  else if (path === '/docs/start.js') send('text/javascript', start);
  else if (part)
    send(part.type, readFileSync(join(dirname(resolver.resolve('swagger-ui-dist/package.json')), part.file)));
  else return false;
  return true;
}
