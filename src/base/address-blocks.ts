import { BlockList, isIP, isIPv6 } from 'node:net';

/** Ranges of addresses, from CIDRs such as `10.0.0.0/8`. Throws an Error that names one that is none. */
export function parseBlocks(cidrs: readonly string[]): BlockList {
  const blocks = new BlockList();
  for (const cidr of cidrs) {
    const [, address = '', length = ''] = /^([0-9a-fA-F:.]+)\/(\d{1,3})$/.exec(cidr) ?? [];
    const bits = isIPv6(address) ? 128 : 32;
    if (isIP(address) === 0 || Number(length) > bits) {
      throw new Error(`'${cidr}' is not a range of addresses such as 10.0.0.0/8`);
    }
    blocks.addSubnet(address, Number(length), familyOf(address));
  }
  return blocks;
}

/** True for an address within them; an IPv4 address may be written as IPv6 has it. */
export function isInBlocks(blocks: BlockList, address = ''): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  return isIP(plain) !== 0 && blocks.check(plain, familyOf(plain));
}

const familyOf = (address: string) => (isIPv6(address) ? 'ipv6' : 'ipv4');
