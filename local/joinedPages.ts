import { globSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};
/** Pages load what lies beside them, and talk to where they come from. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * Pages that subgraphs bring with them for the demo: `/pages` lists those of the subgraphs that are there, `/pages/NAME/page/index.html` is one, made of
 * the files of FOLDER/NAME/page and of FOLDER/page as they are. All of it is read once, so no path can lead anywhere else.
 */
export function openJoinedPages(folder: string, names: readonly string[]) {
  const files = new Map(
    globSync(['page/*.{js,css}', ...names.map((name) => `${name}/page/*.{html,js,css}`)], { cwd: folder }).map(
      (file) => [`/pages/${file}`, { type: types[extname(file)]!, body: readFileSync(join(folder, file)) }],
    ),
  );
  const pages = names.flatMap((name) => {
    const page = files.get(`/pages/${name}/page/index.html`);
    return page ? [{ name, title: /<title>(.*?)<\/title>/.exec(page.body.toString())?.[1] ?? name }] : [];
  });
  files.set('/pages', { type: types['.html']!, body: Buffer.from(listOf(pages)) });

  /** False when the path is not one of theirs. */
  return async (path: string, { method }: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const file = method === 'GET' || method === 'HEAD' ? files.get(path) : undefined;
    if (!file) return false;
    response.writeHead(200, {
      ...{ 'content-type': file.type, 'content-length': file.body.length, 'cache-control': 'no-cache' },
      ...{ 'content-security-policy': policy, 'referrer-policy': 'no-referrer' },
    });
    response.end(method === 'HEAD' ? undefined : file.body);
    return true;
  };
}

const listOf = (pages: readonly { name: string; title: string }[]) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Pages</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="/pages/page/page.css" />
  </head>
  <body>
    <main>
      <h1>Pages of what has joined</h1>
      <ul>
${pages.map(({ name, title }) => `        <li><a href="/pages/${name}/page/index.html">${title}</a></li>`).join('\n')}
      </ul>
      <p><a href="/">The game</a></p>
    </main>
  </body>
</html>
`;
