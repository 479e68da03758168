import { createHmac } from 'node:crypto';

/** How to reach and convince one remote; plain data, whoever it came from. */
export interface GitAuth {
  /** HTTP basic credentials. */
  basic?: { username: string; password: string };
  /** HTTP bearer token. Wins over `basic`. */
  bearer?: string;
  ssh?: SshAuth;
  /** PEM texts: a CA to trust besides the system's, and a client certificate with its key. */
  tls?: { ca?: string; cert?: string; key?: string };
  proxy?: GitProxy;
}

export interface SshAuth {
  /** The private key, PEM or OpenSSH. */
  identity: string;
  /** Unlocks `identity`. */
  passphrase?: string;
  /** The only host keys accepted, in the known_hosts format. */
  knownHosts: string;
}

export interface GitProxy {
  /** `http://`, `https://` or `socks5://` with host and port. */
  url: string;
  username?: string;
  password?: string;
}

/**
 * Names credentials without telling them: equal data give equal names, under a key that never
 * leaves this machine (a plain hash of a weak password could be guessed from a directory name).
 */
export function authIdentity(auth: GitAuth, key: Buffer): string {
  const { basic, bearer, ssh, tls, proxy } = auth;
  const parts = [
    [basic?.username, basic?.password, bearer],
    [ssh?.identity, ssh?.passphrase, ssh?.knownHosts],
    [tls?.ca, tls?.cert, tls?.key],
    [proxy?.url, proxy?.username, proxy?.password],
  ];
  return createHmac('sha256', key).update(JSON.stringify(parts)).digest('hex');
}

/** Every text of `auth` that must not appear in a message. */
export function secretsOf(auth: GitAuth): string[] {
  const { basic, bearer, ssh, tls, proxy } = auth;
  const secrets = [basic?.password, bearer, ssh?.identity, ssh?.passphrase, tls?.key];
  if (basic) secrets.push(encodeBasic(basic));
  secrets.push(proxy?.password);
  return secrets.flatMap((secret) => (secret ? [secret, encodeURIComponent(secret)] : []));
}

/** The credentials part of an `Authorization: Basic` header. */
export function encodeBasic({
  username,
  password,
}: {
  username: string;
  password: string;
}): string {
  return Buffer.from(`${username}:${password}`).toString('base64');
}

/**
 * What may follow to another place of the same host: everything. To another host: only how to get
 * out of here (the proxy) and whom to trust (the CA); never who we are.
 */
export function withoutIdentity({ tls, proxy }: GitAuth): GitAuth {
  return {
    ...(tls?.ca === undefined ? {} : { tls: { ca: tls.ca } }),
    ...(proxy === undefined ? {} : { proxy }),
  };
}
