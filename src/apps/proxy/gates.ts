/** Feature gates of the proxy, under the names of Capsule's, and what they do here. All are off by default. */
export const proxyGates = {
  ProxyAllNamespaced: 'Nothing: lists over all namespaces are always served.',
  SkipImpersonationReview: 'Clients may act as anybody, and nobody is asked whether they may.',
  ProxyClusterScoped:
    'GlobalProxySettings, and what ProxySettings say of `clusterResources`, decide of all cluster-scoped kinds.',
} as const;

type ProxyGate = keyof typeof proxyGates;

/** The gates as one process has them. */
export type ProxyGates = Readonly<Record<ProxyGate, boolean>>;

/** The gates of a process that was told nothing. */
export const defaultProxyGates: ProxyGates = {
  ProxyAllNamespaced: false,
  SkipImpersonationReview: false,
  ProxyClusterScoped: false,
};
