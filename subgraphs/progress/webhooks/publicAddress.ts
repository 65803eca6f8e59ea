import { BlockList, isIPv4 } from 'node:net';

/** Ranges that are not on the public internet, or lead to IPv4 addresses that may not be: IANA's registries of special-purpose addresses. */
const special = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  special.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of [
  ['2001::', 23], // Teredo among others
  ['2001:db8::', 32],
  ['2002::', 16], // 6to4
  ['3fff::', 20],
] as const)
  special.addSubnet(net, bits, 'ipv6');

/** Of IPv6, all that is public lies here: neither ::1 nor IPv4 in another spelling, NAT64, link-local or unique local addresses do. */
const unicast = new BlockList();
unicast.addSubnet('2000::', 3, 'ipv6');

/** Is this IP address one that anybody on the internet could reach? */
export const isPublic = (address: string): boolean =>
  isIPv4(address) ? !special.check(address, 'ipv4') : unicast.check(address, 'ipv6') && !special.check(address, 'ipv6');
