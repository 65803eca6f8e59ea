import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Where a request comes from: what its connection and its headers say. */
export type AddressOf = (request: {
  readonly socket: { readonly remoteAddress?: string | undefined };
  readonly headers: IncomingHttpHeaders;
}) => string;

/**
 * The nearest address that is not one of our own proxies. Only what trusted proxies say is believed, read from the end of X-Forwarded-For:
 * whatever stands before the first stranger, that stranger may have made up.
 */
export function openAddresses(trustedProxies: readonly string[]): AddressOf {
  const trusted = new BlockList();
  for (const range of trustedProxies) {
    const [address, bits] = range.split('/') as [string, string?];
    trusted.addSubnet(address, Number(bits ?? (isIP(address) === 6 ? 128 : 32)), kindOf(address));
  }
  const isTrusted = (address: string) => trusted.check(address, kindOf(address));

  return ({ socket, headers }) => {
    let address = plain(socket.remoteAddress ?? '');
    const forwarded = String(headers['x-forwarded-for'] ?? '').split(',');
    while (forwarded.length > 0 && isIP(address) && isTrusted(address)) {
      const before = plain(forwarded.pop()!.trim());
      if (!isIP(before)) break;
      address = before;
    }
    return address;
  };
}

/** `10.0.0.0/8`, `192.0.2.7` or the same of IPv6. */
export function isRange(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const longest = { 0: -1, 4: 32, 6: 128 }[isIP(address)]!;
  return more.length === 0 && (bits === undefined ? longest > 0 : /^\d{1,3}$/.test(bits) && Number(bits) <= longest);
}

/** Who counts as one: an IPv4 address, or an IPv6 network of 64 bits, which is what one subscriber of a provider has. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.split('::') as [string, string?];
  const before = head.split(':').filter(Boolean);
  const after = tail?.split(':').filter(Boolean) ?? [];
  const groups =
    tail === undefined ? before : [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

const kindOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** IPv4 over an IPv6 socket is still IPv4. */
const plain = (address: string) => address.replace(/^::ffff:(?=\d+\.)/i, '');
