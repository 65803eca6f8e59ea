import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import {
  brotliCompress,
  brotliCompressSync,
  constants,
  gzip,
  gzipSync,
  zstdCompress,
  zstdCompressSync,
} from 'node:zlib';
import { type Encoding, encodingFor } from './encodings.ts';

export interface CompressionSettings {
  /** In the order of our preference. */
  encodings: readonly Encoding[];
  /** Smaller bodies are sent as they are. */
  leastBytes: number;
}

/** A body as it is sent to a client that accepts this. Sets the headers that say so. */
export type Compress = (
  body: Buffer,
  accepted: string | undefined,
  response: ServerResponse,
) => Buffer | Promise<Buffer>;

/** Larger bodies are compressed beside the event loop; for smaller ones the way there takes longer than the work. */
const besideLoopBytes = 32 * 1024;

/** The levels at which an answer of JSON costs the least time for what it saves. */
const zstdLevel = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
const brotliLevel = { params: { [constants.BROTLI_PARAM_QUALITY]: 3, [constants.BROTLI_PARAM_LGWIN]: 18 } };
const gzipLevel = { level: 4 };

const atOnce: Record<Encoding, (body: Buffer) => Buffer> = {
  zstd: (body) => zstdCompressSync(body, zstdLevel),
  br: (body) => brotliCompressSync(body, brotliLevel),
  gzip: (body) => gzipSync(body, gzipLevel),
};
const besideLoop: Record<Encoding, (body: Buffer) => Promise<Buffer>> = {
  zstd: (body) => promisify(zstdCompress)(body, zstdLevel),
  br: (body) => promisify(brotliCompress)(body, brotliLevel),
  gzip: (body) => promisify(gzip)(body, gzipLevel),
};

/** Undefined when nothing is compressed. */
export function openCompression({ encodings, leastBytes }: CompressionSettings): Compress | undefined {
  if (encodings.length === 0) return undefined;
  return (body, accepted, response) => {
    if (body.length < leastBytes) return body;
    // Whoever keeps the answer must keep it apart for others, also where this one gets it as it is.
    response.appendHeader('vary', 'Accept-Encoding');
    const encoding = encodingFor(accepted, encodings);
    if (!encoding) return body;
    response.setHeader('content-encoding', encoding);
    return (body.length < besideLoopBytes ? atOnce : besideLoop)[encoding](body);
  };
}
