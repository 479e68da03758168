import { BlockList, isIP } from 'node:net';
import { isLocalHost } from './server-address.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that the environment names for `server`, as kubectl and other Go programs read it
 * (golang.org/x/net/http/httpproxy): `HTTPS_PROXY` or `HTTP_PROXY` by the server's scheme, unless
 * `NO_PROXY` lists the server. Servers of this machine never have one.
 */
export function proxyOf(server: string, env: Environment): string | undefined {
  const url = URL.parse(server);
  if (!url || isLocalHost(url.hostname)) return undefined;
  const names =
    url.protocol === 'https:' ? ['HTTPS_PROXY', 'https_proxy'] : ['HTTP_PROXY', 'http_proxy'];
  const proxy = first(env, names);
  if (proxy === undefined) return undefined;
  const exceptions = (first(env, ['NO_PROXY', 'no_proxy']) ?? '').split(',');
  return exceptions.some((rule) => covers(rule.trim().toLowerCase(), url)) ? undefined : proxy;
}

function first(env: Environment, names: readonly string[]): string | undefined {
  return names.map((name) => env[name]).find((value) => value !== undefined && value !== '');
}

/** One entry of NO_PROXY: `*`, a network, or a host with its subdomains, with `:port` or without. */
function covers(rule: string, url: URL): boolean {
  if (rule === '' || rule === '*') return rule === '*';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (rule.includes('/')) return inNetwork(rule, host);
  const { name, port } = splitPort(rule);
  return (port === undefined || port === portOf(url)) && isWithin(host, name);
}

/** True for the host itself and, unless it is an address, for its subdomains; for those alone after a dot. */
function isWithin(host: string, name: string): boolean {
  if (name.startsWith('.')) return host.endsWith(name);
  return host === name || (isIP(name) === 0 && host.endsWith(`.${name}`));
}

function splitPort(rule: string): { name: string; port: string | undefined } {
  if (isIP(rule) === 6) return { name: rule, port: undefined };
  const [, name = '', port] = /^(.*?)(?::(\d+))?$/.exec(rule) ?? [];
  return { name: name.replace(/^\[|\]$/g, '').replace(/^\*\./, '.'), port };
}

function portOf({ port, protocol }: URL): string {
  if (port !== '') return port;
  return protocol === 'https:' ? '443' : '80';
}

function inNetwork(rule: string, host: string): boolean {
  const [network = '', prefix = ''] = rule.split('/');
  const family = isIP(network);
  const bits = Number(prefix);
  const valid = /^\d{1,3}$/.test(prefix) && bits <= (family === 4 ? 32 : 128);
  if (family === 0 || isIP(host) !== family || !valid) return false;
  const list = new BlockList();
  const type = family === 4 ? 'ipv4' : 'ipv6';
  list.addSubnet(network, bits, type);
  return list.check(host, type);
}
