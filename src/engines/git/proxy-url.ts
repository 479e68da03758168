import { GitError } from './git-error.ts';
import type { GitProxy } from './git-auth.ts';

const maxAddressLength = 2048;

/**
 * The proxy as one URL, credentials included: for a private file, never for a message.
 * `socks5` becomes `socks5h`: the proxy resolves names, as it does for the other schemes.
 */
export function proxyUrl({ url, username, password }: GitProxy): URL {
  const parsed = url.length <= maxAddressLength ? URL.parse(url) : null;
  if (!parsed || !/^(https?|socks5):$/.test(parsed.protocol) || parsed.hostname === '') {
    throw new GitError(
      'invalid-credentials',
      'the proxy address must be an http://, https:// or socks5:// URL',
    );
  }
  // WHATWG forbids changing a scheme from special to not; assembling anew does it.
  const scheme = parsed.protocol === 'socks5:' ? 'socks5h:' : parsed.protocol;
  const full = new URL(`${scheme}//${parsed.host}`);
  full.username = encodeURIComponent(username ?? decodeURIComponent(parsed.username));
  full.password = encodeURIComponent(password ?? decodeURIComponent(parsed.password));
  return full;
}
