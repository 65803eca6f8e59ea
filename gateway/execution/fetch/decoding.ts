import { promisify } from 'node:util';
import { brotliDecompress, gunzip, zstdDecompress } from 'node:zlib';

const decoders: Readonly<Record<string, (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>> = {
  zstd: promisify(zstdDecompress),
  br: promisify(brotliDecompress),
  gzip: promisify(gunzip),
};

/** The body of an answer as it was before it was compressed. Rejects where that was not allowed, is broken, or is larger than `mostBytes`. */
export async function decoded(
  body: Buffer,
  encoding: string,
  allowed: readonly string[],
  mostBytes: number,
): Promise<Buffer> {
  if (!allowed.includes(encoding)) throw new Error(`its answer has the content coding "${encoding.slice(0, 40)}"`);
  return decoders[encoding]!(body, { maxOutputLength: mostBytes });
}
