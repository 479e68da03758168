import { BlockList, isIP } from 'node:net';

/** Addresses that mean this machine, this link, or no host in particular (RFC 6890). */
const local = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
  // Metadata services of clouds outside the link-local range: Alibaba's, Azure's wire server.
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['240.0.0.0', 4],
] as const) {
  local.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::', 128],
  ['::1', 128],
  ['fe80::', 10],
  ['ff00::', 8],
  // AWS's metadata service over IPv6.
  ['fd00:ec2::254', 128],
  // IPv4 addresses of this sort behind 6to4 (RFC 3056).
  ['2002:7f00::', 24],
  ['2002:a9fe::', 32],
] as const) {
  local.addSubnet(network, prefix, 'ipv6');
}

/** NAT64 (RFC 6052) carries an IPv4 address in the last 32 bits. */
const nat64 = new BlockList();
nat64.addSubnet('64:ff9b::', 96, 'ipv6');

/**
 * True for an IP address that a tenant may not make us connect to: loopback, link-local (where
 * clouds keep their metadata service), unspecified, multicast, in any notation. Private networks
 * are not among them: clusters live there.
 */
export function isLocalAddress(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  switch (isIP(bare)) {
    case 4:
      return local.check(bare, 'ipv4');
    case 6:
      // BlockList judges IPv4-mapped addresses by its IPv4 rules.
      return local.check(bare, 'ipv6') || nat64.check(bare, 'ipv6');
    default:
      return false;
  }
}

/** True for a host of a URL that names this machine or link, as address or by name. */
export function isLocalHost(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  return name === '' || name === 'localhost' || name.endsWith('.localhost') || isLocalAddress(name);
}
