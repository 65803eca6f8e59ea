import { ProviderFault } from './csv.ts';

/** Who knows quotes: answers the CSV of one symbol. Rejects when it cannot be asked, or does not answer as it should. */
export type Provider = (code: string) => Promise<string>;

const usualTimeoutMs = 2000;
/** A quote has some hundred bytes. */
const largest = 65_536;

/** A provider over HTTP, `GET URL?s=aapl.us&f=sd2t2ohlcvn&h&e=csv`. It gets so long for the whole answer, and 64 KiB of it are read at most. */
export function httpProvider(url: string, timeoutMs = usualTimeoutMs): Provider {
  return async (code) => {
    const address = new URL(url);
    address.search = `?s=${encodeURIComponent(code)}&f=sd2t2ohlcvn&h&e=csv`;
    const response = await fetch(address, { signal: AbortSignal.timeout(timeoutMs), redirect: 'error' });
    if (!response.ok || !response.body) {
      await response.body?.cancel();
      throw new ProviderFault(`it answered ${response.status}`);
    }
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body) {
      bytes += chunk.byteLength;
      // Leaving the loop cancels the body.
      if (bytes > largest) throw new ProviderFault(`it answered more than ${largest} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  };
}
