/** Any new value asks for a reconcile; it is copied to `status.lastHandledReconcileAt`. */
export const requestedAtAnnotation = 'reconcile.fluxcd.io/requestedAt';

/** On a CRD or an object in Git: post-build substitution leaves it alone (case-sensitive). */
export const substituteAnnotation = 'kustomize.toolkit.fluxcd.io/substitute';

/** Annotations of CRDs that are themselves applied by a Kustomization. */
export const substituteDisabled = { [substituteAnnotation]: 'disabled' } as const;

/** `disabled` keeps an object from being applied and from being pruned (case-insensitive). */
export const reconcileAnnotation = 'kustomize.toolkit.fluxcd.io/reconcile';

/** `disabled` keeps an object from being pruned (case-insensitive). */
export const pruneAnnotation = 'kustomize.toolkit.fluxcd.io/prune';

/** `enabled` recreates the object when a change is immutable (case-insensitive). */
export const forceAnnotation = 'kustomize.toolkit.fluxcd.io/force';

/** `disabled` keeps an encrypted object as it is in Git (case-insensitive). */
export const decryptAnnotation = 'kustomize.toolkit.fluxcd.io/decrypt';

/** How an object is applied: Override (default), Merge, IfNotPresent, Ignore (case-insensitive). */
export const ssaAnnotation = 'kustomize.toolkit.fluxcd.io/ssa';

/** On a Kustomization: the go for deletions that its guard holds back, as its status words it. */
export const pruneApprovalAnnotation = 'kustomize.toolkit.fluxcd.io/prune-approved';

/** On a Kustomization: what it was about to apply when it got its finalizer, until its status says so. */
export const claimAnnotation = 'tenantry.dev/claim';

/** Annotations of an object below this prefix are copied into its events' metadata. */
export const eventAnnotationPrefix = 'event.toolkit.fluxcd.io/';

/** OCI annotations in an artifact's metadata that name the revision and repository it came from. */
export const originRevisionAnnotation = 'org.opencontainers.image.revision';
export const originSourceAnnotation = 'org.opencontainers.image.source';

/** The checksum annotation that older versions of Flux left behind; removed on apply. */
export const legacyChecksumAnnotation = 'kustomize.toolkit.fluxcd.io/checksum';

/** kubectl's client-side apply record; removed when we take an object over. */
export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';

/** On a ServiceAccount that owns a Tenant, `true`: it deploys by Git, and gets what that takes. */
export const reconcilerAnnotation = 'capsule.addon.fluxcd/enabled';

/** On such a ServiceAccount, `true`: its kubeconfig is in every namespace of its tenants. */
export const globalKubeconfigAnnotation = 'capsule.addon.fluxcd/kubeconfig-global';
