import type { IncomingMessage } from 'node:http';
import { isRange, openAddresses } from '../doors/addresses.ts';

const addressOf = openAddresses(['10.0.0.0/8', '2001:db8::1']);
const from = (remoteAddress: string, forwarded?: string) =>
  addressOf({ socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } } as unknown as IncomingMessage);

test.each([
  ['nobody else is asked about a stranger', '192.0.2.7', '198.51.100.1', '192.0.2.7'],
  ['a trusted proxy says who it speaks for', '10.1.2.3', '198.51.100.1', '198.51.100.1'],
  [
    'behind several proxies the nearest stranger counts',
    '10.1.2.3',
    '203.0.113.9, 198.51.100.1, 10.9.9.9',
    '198.51.100.1',
  ],
  ['a proxy of IPv6', '2001:db8::1', '198.51.100.1', '198.51.100.1'],
  ['a proxy that says nothing', '10.1.2.3', undefined, '10.1.2.3'],
  ['a proxy that says nonsense', '10.1.2.3', '198.51.100.1, <script>', '10.1.2.3'],
  ['only proxies', '10.1.2.3', '10.1.1.1', '10.1.1.1'],
  ['IPv4 by a socket of IPv6', '::ffff:10.1.2.3', '::ffff:198.51.100.1', '198.51.100.1'],
  ['no address at all', '', '198.51.100.1', ''],
])('%s', (_, remote, forwarded, address) => {
  expect(from(remote, forwarded)).toBe(address);
});

test.each([
  ['10.0.0.0/8', true],
  ['192.0.2.7', true],
  ['2001:db8::/32', true],
  ['10.0.0.0/33', false],
  ['2001:db8::/129', false],
  ['10.0.0.0/8/8', false],
  ['10.0.0', false],
  ['proxy.example', false],
  ['', false],
])('%j is a network: %s', (text, expected) => {
  expect(isRange(text)).toBe(expected);
});
