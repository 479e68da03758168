import type { GitAuth, GitProxy, SshAuth } from '../../engines/git/git-auth.ts';
import type { SecretValues } from './secret.ts';

/**
 * What a Secret says about an http(s) remote: `username` with `password`, or `bearerToken`, or
 * neither; `ca.crt`, and `tls.crt` with `tls.key`, under these or their older names. The pair wins
 * over the token, as upstream. Throws AuthenticationFailed naming the key to add.
 */
export function parseHttpSecret(secret: SecretValues): GitAuth {
  const basic = parsePair(secret);
  const bearer = basic ? undefined : secret.line('bearerToken');
  const tls = parseTls(secret);
  return {
    ...(basic && { basic }),
    ...(bearer !== undefined && { bearer }),
    ...(tls && { tls }),
  };
}

/** `identity` and `known_hosts`, both required, and `password` for a key with a passphrase. */
export function parseSshSecret(secret: SecretValues): SshAuth {
  const identity = secret.text('identity');
  const knownHosts = secret.text('known_hosts');
  if (identity === undefined) {
    throw secret.failure("has no key 'identity': add the private SSH key");
  }
  if (knownHosts === undefined) {
    throw secret.failure("has no key 'known_hosts': add the server's keys, as ssh-keyscan prints");
  }
  const passphrase = secret.line('password');
  return { identity, knownHosts, ...(passphrase !== undefined && { passphrase }) };
}

function parseTls(secret: SecretValues): GitAuth['tls'] {
  const ca = secret.text('ca.crt', 'caFile');
  const cert = secret.text('tls.crt', 'certFile');
  const key = secret.text('tls.key', 'keyFile');
  if ((cert === undefined) !== (key === undefined)) {
    throw secret.failure(missingHalf('tls.crt', 'tls.key', cert));
  }
  if (ca === undefined && cert === undefined) return undefined;
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && key !== undefined && { cert, key }),
  };
}

const maxAddress = 2048;

/**
 * `address` (http, https or socks5), and `username` with `password`. Throws AuthenticationFailed
 * naming what to change.
 */
export function parseProxySecret(secret: SecretValues): GitProxy {
  const address = secret.line('address');
  if (address === undefined) throw secret.failure("has no key 'address': add the proxy's URL");
  const url = address.length <= maxAddress ? URL.parse(address) : null;
  if (!url || !['http:', 'https:', 'socks5:'].includes(url.protocol) || url.hostname === '') {
    throw secret.failure("must have an http://, https:// or socks5:// URL under key 'address'");
  }
  const pair = parsePair(secret) ?? userinfoOf(url);
  return { url: `${url.protocol}//${url.host}`, ...pair };
}

/** `username` with `password`; one alone is a mistake, not a choice. */
function parsePair(secret: SecretValues): { username: string; password: string } | undefined {
  const username = secret.line('username');
  const password = secret.line('password');
  if (username === undefined && password === undefined) return undefined;
  if (username === undefined || password === undefined) {
    throw secret.failure(missingHalf('username', 'password', username));
  }
  return { username, password };
}

function userinfoOf(url: URL): { username: string; password: string } | undefined {
  if (url.username === '') return undefined;
  // URLSearchParams decodes %-escapes and, unlike decodeURIComponent, never throws.
  const decode = (text: string) =>
    new URLSearchParams(`v=${text.replaceAll('+', '%2B').replaceAll('&', '%26')}`).get('v') ?? '';
  return { username: decode(url.username), password: decode(url.password) };
}

/** True for a Secret of a GitHub App, which needs `provider: github`. */
export function isGitHubAppSecret(secret: SecretValues): boolean {
  return secret.text('githubAppID') !== undefined;
}

function missingHalf(first: string, second: string, hasFirst: string | undefined): string {
  const [present, absent] = hasFirst === undefined ? [second, first] : [first, second];
  // No colon after `password`: what follows one is struck out of messages.
  return `has key '${present}' but no '${absent}' (add it, or remove '${present}')`;
}
