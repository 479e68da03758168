/** Feature gates of the proxy, under the names and defaults of Capsule's. */
export const gateDefaults = {
  /** Nothing: lists over all namespaces are always served. */
  ProxyAllNamespaced: false,
  /** Clients may act as anybody, and nobody is asked. */
  SkipImpersonationReview: false,
  /** GlobalProxySettings and `clusterResources` decide of all cluster-scoped kinds. */
  ProxyClusterScoped: false,
} as const;

export type ProxyGates = Readonly<Record<keyof typeof gateDefaults, boolean>>;
