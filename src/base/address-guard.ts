import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { parseBlocks } from './address-blocks.ts';
import { CodedError } from './errors.ts';

/** Which addresses we connect to for a tenant, who chose the host. */
export interface AddressPolicy {
  /** Allows 127.0.0.0/8 and ::1: demos, tests, a sidecar. */
  allowLoopback: boolean;
  /** Allows link-local addresses, where clouds serve their metadata and node credentials. */
  allowLinkLocal: boolean;
}

/** An IP address and what to connect to instead of the name, or nothing to pin. */
export type ResolvedAddresses = readonly string[];

/** A host we do not connect to, or whose name does not resolve. */
export class AddressError extends CodedError<'address-refused' | 'unreachable'> {}

const loopback = parseBlocks(['127.0.0.0/8', '::1/128']);
const linkLocal = parseBlocks([
  '169.254.0.0/16',
  'fe80::/10',
  // Metadata services outside the link-local range: AWS over IPv6, Alibaba, Azure's wire server.
  'fd00:ec2::254/128',
  '100.100.100.200/32',
  '168.63.129.16/32',
  // The same link-local addresses behind NAT64 and 6to4.
  '64:ff9b::a9fe:0/112',
  '2002:a9fe::/32',
]);
/** Never a server: this host by another name, multicast, broadcast. */
const unusable = parseBlocks([
  '0.0.0.0/8',
  '224.0.0.0/4',
  '255.255.255.255/32',
  '::/128',
  'ff00::/8',
]);

/**
 * The addresses `host` stands for, all of them allowed by the policy; whoever connects uses these
 * and does not ask again, or a second answer could differ from the one that was checked.
 * Throws `address-refused`, or `unreachable` when the name does not resolve.
 */
export async function resolveAllowed(
  host: string,
  policy: AddressPolicy,
  signal?: AbortSignal,
): Promise<ResolvedAddresses> {
  const found = isIP(host) === 0 ? await lookUp(host, signal) : [host];
  for (const address of found) {
    if (!isAllowedAddress(address, policy)) throw refused(host);
  }
  return found;
}

/** True when the policy lets us connect to an IP address. */
export function isAllowedAddress(address: string, policy: AddressPolicy): boolean {
  const plain = withoutMapping(address);
  const family = isIP(plain) === 6 ? 'ipv6' : 'ipv4';
  if (unusable.check(plain, family)) return false;
  if (!policy.allowLoopback && loopback.check(plain, family)) return false;
  return policy.allowLinkLocal || !linkLocal.check(plain, family);
}

/** `::ffff:169.254.1.1` and `::ffff:a9fe:101` are 169.254.1.1. */
function withoutMapping(address: string): string {
  const plain = address.replace(/%.*$/, '');
  if (isIP(plain) !== 6) return plain;
  const canonical = new URL(`http://[${plain}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical) ?? [];
  if (high === undefined || low === undefined) return canonical;
  const value = Number.parseInt(high, 16) * 0x10000 + Number.parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join('.');
}

async function lookUp(host: string, signal?: AbortSignal): Promise<string[]> {
  const aborted = new Promise<never>((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  aborted.catch(() => {});
  const answer = lookup(host, { all: true }).catch((cause: unknown) => {
    throw new AddressError('unreachable', `the host ${host} does not resolve to an address`, {
      cause,
    });
  });
  const found = await Promise.race([answer, aborted]);
  return found.map(({ address }) => address);
}

function refused(host: string): AddressError {
  return new AddressError(
    'address-refused',
    `the host ${host} has a loopback, link-local or metadata address, which is not allowed`,
  );
}
