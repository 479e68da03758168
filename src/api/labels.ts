/** Which Kustomization applied an object. Both are set on everything applied. */
export const ownerNameLabel = 'kustomize.toolkit.fluxcd.io/name';
export const ownerNamespaceLabel = 'kustomize.toolkit.fluxcd.io/namespace';

/** On a ConfigMap or Secret: a change wakes the objects that refer to it at once. */
export const watchLabel = 'reconcile.fluxcd.io/watch';
export const watchLabelEnabled = 'Enabled';

/** Name of its namespace, put on every Namespace by the API server; cannot be forged. */
export const namespaceNameLabel = 'kubernetes.io/metadata.name';

/** Shard a set of objects belongs to, matched by `--watch-label-selector`. */
export const shardLabel = 'sharding.fluxcd.io/shard';

/** What `flux check`, `flux logs` and dashboards select the installation by. */
export const partOfLabel = 'app.kubernetes.io/part-of';
export const instanceLabel = 'app.kubernetes.io/instance';
export const versionLabel = 'app.kubernetes.io/version';
export const componentLabel = 'app.kubernetes.io/component';
