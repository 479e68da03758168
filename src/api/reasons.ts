/**
 * Every condition type and reason a user can meet. Names are upstream's: dashboards and alerts
 * match on them. docs/kinds explains the ones of each kind.
 */

/** Types of conditions. Ready, Reconciling and Stalled belong to the runtime's settle. */
export const ConditionType = {
  /** Desired state is actual state. */
  Ready: 'Ready',
  /** Work is under way; absent otherwise. */
  Reconciling: 'Reconciling',
  /** Only a change of the spec, or of what denied it, helps; absent otherwise. */
  Stalled: 'Stalled',
  /** Kustomization: what was applied works. */
  Healthy: 'Healthy',
  /** Kustomization: what was applied was changed by others, and is left so; absent otherwise. */
  Drifted: 'Drifted',
  /** Kustomization: False while something that left Git is not deleted; absent otherwise. */
  Pruned: 'Pruned',
  /** ResourcePoolClaim: what it got is in use. */
  Bound: 'Bound',
  /** ResourcePoolClaim: the pool has no room for it. */
  Exhausted: 'Exhausted',
  /** Tenant: its users may change nothing. */
  Cordoned: 'Cordoned',
  /** Namespace of a Tenant: it is being deleted. */
  Terminating: 'Terminating',
  /** Source: the artifact of the current revision is stored. */
  ArtifactInStorage: 'ArtifactInStorage',
  /** Source: a newer revision than the stored one is known; absent otherwise. */
  ArtifactOutdated: 'ArtifactOutdated',
  /** Source: the revision carries a trusted signature, or not. */
  SourceVerified: 'SourceVerified',
  /** Source: the origin could not be read; absent otherwise. */
  FetchFailed: 'FetchFailed',
  /** Source: the artifact could not be made; absent otherwise. */
  BuildFailed: 'BuildFailed',
  /** Source: the artifact store failed; absent otherwise. */
  StorageOperationFailed: 'StorageOperationFailed',
  /** GitRepository: an included repository has no artifact; absent otherwise. */
  IncludeUnavailable: 'IncludeUnavailable',
} as const;
export type ConditionType = (typeof ConditionType)[keyof typeof ConditionType];

/** Reasons that any kind may give. */
const shared = {
  Succeeded: 'Succeeded',
  Failed: 'Failed',
  Progressing: 'Progressing',
  ProgressingWithRetry: 'ProgressingWithRetry',
  Suspended: 'Suspended',
  /** The spec is malformed, or asks for something that is not implemented. */
  InvalidSpec: 'InvalidSpec',
  /** Our tenancy policy says no; the message says what would undo it. */
  AccessDenied: 'AccessDenied',
  DependencyNotReady: 'DependencyNotReady',
  InvalidPath: 'InvalidPath',
  InvalidURL: 'InvalidURL',
  InsecureConnectionsDisallowed: 'InsecureConnectionsDisallowed',
  UnsupportedConnectionType: 'UnsupportedConnectionType',
  FeatureGateDisabled: 'FeatureGateDisabled',
  InvalidCELExpression: 'InvalidCELExpression',
} as const;

/** Reasons of sources. */
const source = {
  URLInvalid: 'URLInvalid',
  AuthenticationFailed: 'AuthenticationFailed',
  VerificationError: 'VerificationError',
  InvalidVerificationMode: 'InvalidVerificationMode',
  InvalidGitObject: 'InvalidGitObject',
  InvalidTagSignature: 'InvalidTagSignature',
  InvalidCommitSignature: 'InvalidCommitSignature',
  InvalidProviderConfiguration: 'InvalidProviderConfiguration',
  DirectoryCreationFailed: 'DirectoryCreationFailed',
  StatOperationFailed: 'StatOperationFailed',
  ReadOperationFailed: 'ReadOperationFailed',
  AcquireLockFailed: 'AcquireLockFailed',
  IllegalPath: 'IllegalPath',
  CopyFailure: 'CopyFailure',
  SourceIgnoreError: 'SourceIgnoreError',
  ArchiveOperationFailed: 'ArchiveOperationFailed',
  SymlinkUpdateFailed: 'SymlinkUpdateFailed',
  CacheOperationFailed: 'CacheOperationFailed',
  PatchOperationFailed: 'PatchOperationFailed',
  ArtifactUpToDate: 'ArtifactUpToDate',
  /** Event: a new artifact was stored. */
  NewArtifact: 'NewArtifact',
  NewRevision: 'NewRevision',
  IncludeChange: 'IncludeChange',
  NoSourceArtifact: 'NoSourceArtifact',
  NotFound: 'NotFound',
  EmptyGitRepository: 'EmptyGitRepository',
  GitOperationSucceeded: 'GitOperationSucceeded',
  GitOperationFailed: 'GitOperationFailed',
  /** Event: a stored file was missing or changed, and is stored anew. */
  ArtifactVerificationFailed: 'ArtifactVerificationFailed',
  GarbageCollectionSucceeded: 'GarbageCollectionSucceeded',
  GarbageCollectionFailed: 'GarbageCollectionFailed',
  UnsupportedSourceKind: 'UnsupportedSourceKind',
} as const;

/** Reasons of kinds that apply. */
const applier = {
  /** The source is missing, has no artifact, or the artifact has no such path. */
  ArtifactFailed: 'ArtifactFailed',
  BuildFailed: 'BuildFailed',
  HealthCheckFailed: 'HealthCheckFailed',
  HealthCheckCanceled: 'HealthCheckCanceled',
  PruneFailed: 'PruneFailed',
  /** Event: somebody changed what was applied, and it was put right. */
  DriftCorrected: 'DriftCorrected',
  /** Somebody changed what was applied, and it is left so (`driftDetection.mode: warn`). */
  DriftDetected: 'DriftDetected',
  /** Deletions wait for an explicit go. */
  ApprovalRequired: 'ApprovalRequired',
  /** Deletions wait for other Kustomizations, which may take the objects over. */
  HandoverPending: 'HandoverPending',
  /** Objects were left in the cluster because they are not provably the Kustomization's. */
  ObjectsKept: 'ObjectsKept',
  ReconciliationSucceeded: 'ReconciliationSucceeded',
  ReconciliationFailed: 'ReconciliationFailed',
} as const;

/** Reasons of tenancy. */
const tenancy = {
  /** A tenant may be worked in. */
  Active: 'Active',
  Cordoned: 'Cordoned',
  /** Event: a tenant may be worked in again. */
  UnCordoned: 'UnCordoned',
  Terminating: 'Terminating',
  /** Event about a Namespace: it belongs to a tenant now. */
  TenantAssigned: 'TenantAssigned',
  /** A claim got what it asks for, and it is used, or not. */
  InUse: 'InUse',
  Unused: 'Unused',
  NoExhaustions: 'NoExhaustions',
  /** There is less in the pool than a claim asks for. */
  PoolExhausted: 'PoolExhausted',
  /** Event about a ServiceAccount: somebody else's object has the name of one it would get. */
  NameTaken: 'NameTaken',
  /** A claim that came before, and asks for the same, has no room yet. */
  QueueExhausted: 'QueueExhausted',
} as const;

/** Every reason, by the name it carries. */
export const Reason = { ...shared, ...source, ...applier, ...tenancy } as const;
export type Reason = (typeof Reason)[keyof typeof Reason];
