/** What authenticates one request: a header, a client certificate, or neither; and the server, if that may change. */
export interface Credential {
  /** Value of the Authorization header. */
  authorization?: string;
  /** PEM client certificate and key; a change opens new connections. */
  certificate?: { cert: string; key: string };
  /** PEM of the server's authorities, in place of those of the cluster; a change opens new connections. */
  ca?: string;
}

/** Where credentials come from; sources that read files or run a plugin keep what they got. */
export interface CredentialSource {
  current(signal?: AbortSignal): Promise<Credential>;
  /** The API server answered 401 to `credential`: the next call fetches anew. */
  reject?(credential: Credential): void;
}

/** How to reach an API server, and as whom. Made by kubeconfig.ts or in-cluster.ts. */
export interface ClusterConfig {
  /** `https://host:port`, optionally with a path prefix. */
  server: string;
  /** PEM; the system's authorities when absent. */
  ca?: string;
  /** Name to verify (and to send as SNI) instead of the host of `server`. */
  tlsServerName?: string;
  insecureSkipTlsVerify?: boolean;
  /** `http://` or `https://` proxy, with credentials in the URL if it needs them. */
  proxyUrl?: string;
  /** The proxy is the operator's own: it may have any address, and looks after those behind it. */
  trustProxy?: boolean;
  /** Refuse to connect to a loopback or link-local address, whatever name resolves to it. */
  refuseLocalAddresses?: boolean;
  /** Namespace of the context, `default` when none is set. */
  namespace: string;
  credentials: CredentialSource;
}

/** Whether two credentials may use the same connection: all else is said by each request. */
export function shareConnections(one: Credential, other: Credential): boolean {
  return (
    one.certificate?.cert === other.certificate?.cert &&
    one.certificate?.key === other.certificate?.key &&
    one.ca === other.ca
  );
}

/** A source that always gives the same credential. */
export function fixedCredential(credential: Credential = {}): CredentialSource {
  return { current: () => Promise.resolve(credential) };
}
