import { BlockList, isIP } from 'node:net';

/** Addresses and networks, as CEL's functions of that name read them. */

/** Whether a text is an address, written without leading zeros; not an IPv4 address written as IPv6. */
export function isAddress(text: string): boolean {
  return familyOf(text) !== undefined;
}

/** Whether a text is a network: an address and how many bits of it count. */
export function isNetwork(text: string): boolean {
  return parseNetwork(text) !== undefined;
}

/** Whether a network contains an address or all of another network. */
export function networkContains(network: string, inner: string): boolean {
  const outer = parseNetwork(network);
  const given = inner.includes('/') ? parseNetwork(inner) : ofAddress(inner);
  if (!outer || !given || outer.family !== given.family || given.bits < outer.bits) return false;
  const list = new BlockList();
  list.addSubnet(outer.address, outer.bits, outer.family);
  return list.check(given.address, given.family);
}

interface Network {
  address: string;
  bits: number;
  family: 'ipv4' | 'ipv6';
}

const mapped = new BlockList();
mapped.addSubnet('::ffff:0:0', 96, 'ipv6');

function familyOf(text: string): Network['family'] | undefined {
  const version = isIP(text);
  if (version === 0 || text.includes('%')) return undefined;
  if (version === 4) return 'ipv4';
  return mapped.check(text, 'ipv6') ? undefined : 'ipv6';
}

function ofAddress(address: string): Network | undefined {
  const family = familyOf(address);
  return family && { address, family, bits: family === 'ipv4' ? 32 : 128 };
}

function parseNetwork(text: string): Network | undefined {
  const [, address = '', bits = ''] = /^([^/]+)\/(0|[1-9][0-9]{0,2})$/.exec(text) ?? [];
  const single = ofAddress(address);
  if (!single || Number(bits) > single.bits) return undefined;
  return { ...single, bits: Number(bits) };
}
