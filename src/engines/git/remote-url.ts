import { isIP } from 'node:net';
import { GitError } from './git-error.ts';

/** A repository's address, taken apart and without credentials. */
export interface RemoteUrl {
  protocol: 'http' | 'https' | 'ssh' | 'file';
  /** Lower case; IPv6 without brackets. Empty for `file`. */
  host: string;
  port: number;
  /** SSH user; `git` unless the URL names one. */
  user: string;
  /** Path on the server, decoded (ssh, file) or as written (http). */
  path: string;
  /** The canonical text: what messages show and what names a mirror. */
  href: string;
  /** Userinfo of an http URL. */
  credentials?: { username: string; password: string };
}

const defaultPorts = { http: 80, https: 443, ssh: 22, file: 0 } as const;
const maxUrlLength = 2048;

/**
 * Reads `http`, `https` and `ssh` URLs; `file` only where a test allows it.
 * Throws `invalid-url` for anything that Git, curl or ssh might read differently than we do:
 * control characters, leading dashes, odd user or host names, relative paths.
 */
export function parseRemoteUrl(text: string, options: { allowFile?: boolean } = {}): RemoteUrl {
  if (text.length > maxUrlLength) throw invalid('it is longer than 2048 characters');
  if (/[\s\p{Cc}\\]/u.test(text) || /%(?:0[0-9a-f]|1[0-9a-f]|7f)/i.test(text)) {
    throw invalid('it contains spaces, backslashes or control characters');
  }
  const url = URL.parse(text);
  if (!url) throw invalid('it cannot be parsed');
  const protocol = url.protocol.slice(0, -1);
  if (protocol === 'http' || protocol === 'https') return parseHttp(url, protocol);
  if (protocol === 'ssh') return parseSsh(url);
  if (protocol === 'file' && options.allowFile) {
    const { pathname } = url;
    return { protocol, host: '', port: 0, user: '', path: pathname, href: `file://${pathname}` };
  }
  throw invalid(`use http://, https:// or ssh:// instead of ${protocol.slice(0, 20)}://`);
}

function parseHttp(url: URL, protocol: 'http' | 'https'): RemoteUrl {
  const { username, password } = url;
  const credentials = { username: decode(username), password: decode(password) };
  url.username = '';
  url.password = '';
  url.hash = '';
  const remote: RemoteUrl = {
    protocol,
    host: checkHost(url.hostname),
    port: Number(url.port) || defaultPorts[protocol],
    user: '',
    path: url.pathname,
    href: url.href.replace(/\/+$/, ''),
  };
  return username === '' && password === '' ? remote : { ...remote, credentials };
}

function parseSsh(url: URL): RemoteUrl {
  const user = decode(url.username) || 'git';
  // A user is an argument of ssh's configuration: nothing it could read as anything else.
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.@+-]*$/.test(user)) throw invalid('its user name is not usable');
  const path = decode(url.pathname);
  if (path.length < 2 || url.search !== '' || url.hash !== '') {
    throw invalid('it needs a path to the repository and nothing after it');
  }
  const host = checkHost(url.hostname);
  const port = Number(url.port) || defaultPorts.ssh;
  const shown = host.includes(':') ? `[${host}]` : host;
  const href = `ssh://${user}@${shown}${port === 22 ? '' : `:${port}`}${url.pathname}`;
  return { protocol: 'ssh', host, port, user, path, href: href.replace(/\/+$/, '') };
}

function checkHost(hostname: string): string {
  const host = hostname.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) === 0 && !/^(?=.{1,253}$)[a-z0-9_]([a-z0-9_.-]*[a-z0-9_.])?$/.test(host)) {
    throw invalid('its host name is not valid');
  }
  return host;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw invalid('it contains a broken percent escape');
  }
}

function invalid(why: string): GitError {
  return new GitError('invalid-url', `the repository URL is not usable: ${why}`);
}

/** True when credentials for `from` may be sent to `to`: the same place, or it with TLS added. */
export function isSameOrigin(from: RemoteUrl, to: RemoteUrl): boolean {
  if (from.host !== to.host) return false;
  if (from.protocol === to.protocol) return from.port === to.port;
  return from.protocol === 'http' && from.port === 80 && to.protocol === 'https' && to.port === 443;
}
