import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { encodingFor } from '../encodings.ts';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
};

/** Pages load what was built with them, and talk to where they come from. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'", // the component library sets its colours by a style element
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

interface File {
  type: string;
  body: Buffer;
  tag: string;
  compressed: Map<string, Promise<Buffer>>;
}

export interface Client {
  /** False when the path is not one of the client's. */
  answer(path: string, request: IncomingMessage, response: ServerResponse): Promise<boolean>;
}

/**
 * A folder of built pages. `index.html` answers at /, `operator.html` at /operator and below it. All of it is read once and served from
 * memory, so no path can lead anywhere else; a folder that is not there yet is looked for again when somebody asks.
 */
export function openClient(folder: string): Client {
  let files = new Map<string, File>();
  const find = (path: string): File | undefined => {
    if (files.size === 0) files = readFolder(folder);
    const page = path === '/' ? '/index.html' : `/${path.split('/')[1]}.html`;
    return extname(path) === '.html' ? undefined : (files.get(path) ?? files.get(page));
  };
  return {
    async answer(path, { method, headers }, response) {
      if (method !== 'GET' && method !== 'HEAD') return false;
      const file = find(path);
      if (!file) return false;
      const isPage = file.type === types['.html'];
      response.setHeader('content-type', file.type);
      response.setHeader('vary', 'accept-encoding');
      response.setHeader('etag', file.tag);
      // The names of assets change with their content; a page is asked for each time, to find out which assets are its own.
      response.setHeader('cache-control', isPage ? 'no-cache' : 'public, max-age=31536000, immutable');
      if (isPage) {
        response.setHeader('content-security-policy', policy);
        response.setHeader('referrer-policy', 'no-referrer');
      }
      if (headers['if-none-match'] === file.tag) return (response.writeHead(304).end(), true);
      const body = await encoded(file, String(headers['accept-encoding'] ?? ''), response);
      response.setHeader('content-length', body.length);
      response.end(method === 'HEAD' ? undefined : body);
      return true;
    },
  };
}

const encoders = {
  br: (body: Buffer) => promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  gzip: (body: Buffer) => promisify(gzip)(body, { level: 9 }),
};

/** The body as the browser likes it best; compressed once, for all who ask. */
async function encoded(file: File, accepted: string, response: ServerResponse): Promise<Buffer> {
  const name = encodingFor(accepted, ['br', 'gzip']) as 'br' | 'gzip' | undefined;
  if (!name || file.body.length < 500 || file.type === types['.png']) return file.body;
  response.setHeader('content-encoding', name);
  const known = file.compressed.get(name) ?? encoders[name](file.body);
  file.compressed.set(name, known);
  return known;
}

function readFolder(folder: string): Map<string, File> {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => types[extname(name)]);
    return new Map(
      names.map((name) => {
        const body = readFileSync(join(folder, name));
        const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
        return [`/${name.replaceAll(sep, '/')}`, { type: types[extname(name)]!, body, tag, compressed: new Map() }];
      }),
    );
  } catch (error) {
    // It is not built, or is being replaced at this moment.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw error;
  }
}
