import { BlockList, isIP } from 'node:net';
import type { GitProxy } from './git-auth.ts';
import type { RemoteUrl } from './remote-url.ts';

/** The proxy variables programs of this field read; lower case wins, as in curl. */
export type ProxyEnvironment = Readonly<Record<string, string | undefined>>;

/**
 * The operator's own proxy for an http(s) remote: `https_proxy`, `http_proxy`, `all_proxy` and
 * `no_proxy`, in either case. Decided here and not by curl, so that a remote that is reached
 * directly is known to be, and its address is checked.
 */
export function environmentProxy(
  { protocol, host, port }: RemoteUrl,
  environment: ProxyEnvironment,
): GitProxy | undefined {
  if (protocol !== 'http' && protocol !== 'https') return undefined;
  const read = (name: string) => environment[name] || environment[name.toUpperCase()] || '';
  const address = read(`${protocol}_proxy`) || read('all_proxy');
  if (address === '' || isExempt({ host, port }, read('no_proxy'))) return undefined;
  return { url: address.includes('://') ? address : `http://${address}` };
}

/** `*`, `example.com` and all below it, `.example.com`, `host:port`, addresses and networks. */
function isExempt({ host, port }: { host: string; port: number }, list: string): boolean {
  const entries = list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '');
  return entries.some((entry) => {
    if (entry === '*') return true;
    if (isIP(host) !== 0) return isInNetwork(host, entry) || entry === `${host}:${port}`;
    const [, name = '', only] = /^\*?\.?([^:]+)(?::(\d+))?$/.exec(entry) ?? [];
    if (name === '' || (only !== undefined && Number(only) !== port)) return false;
    return host === name || host.endsWith(`.${name}`);
  });
}

function isInNetwork(address: string, entry: string): boolean {
  const [net = '', prefix] = entry.replace(/[[\]]/g, '').split('/');
  const family = isIP(net);
  if (family === 0 || family !== isIP(address)) return false;
  const bits = prefix === undefined ? (family === 6 ? 128 : 32) : Number(prefix);
  if (!Number.isInteger(bits) || bits < 0 || bits > (family === 6 ? 128 : 32)) return false;
  const type = family === 6 ? 'ipv6' : 'ipv4';
  const network = new BlockList();
  network.addSubnet(net, bits, type);
  return network.check(address, type);
}
