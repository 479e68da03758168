import { PruneGuard } from '../../api/kustomize/parts.ts';
import { accessPolicyFor, type AccessPolicy } from '../../access/security-profile.ts';
import type { LogEncoding, LogLevel } from '../../base/log.ts';
import { messageOf } from '../../base/errors.ts';
import { UsageError, type OptionValues } from '../../cli/command.ts';
import type { DigestAlgorithm } from '../../engines/artifacts/digest.ts';
import type { RequestLimit } from '../../kube/request-limiter.ts';
import { parseFeatureGates, type FeatureGates } from '../../runtime/feature-gates.ts';
import type { LeadOptions } from '../../runtime/leader.ts';
import { parseBridgeFlags, type BridgeFlags } from './bridge-options.ts';
import { parseLimit, parseLogEncoding, parseLogLevel } from './capsule-flags.ts';
import { components, type Component } from './components.ts';
import { readerOf, toBoolean, type OptionReader } from '../process/option-reader.ts';

/** When the leader renews, gives up and is given up. */
type LeaseTimes = Required<Pick<LeadOptions, 'leaseMs' | 'renewMs' | 'retryMs' | 'releases'>>;

/** What `tenantry manager` can be told. Names and defaults are those users of Flux already set. */
export interface ManagerFlags {
  kubeconfig: string | undefined;
  context: string | undefined;
  components: ReadonlySet<Component>;
  /** The CapsuleConfiguration that counts. */
  configurationName: string;
  /** 0 switches the webhook server off. */
  webhookPort: number;
  webhookCertPath: string | undefined;
  bridge: BridgeFlags;
  policy: AccessPolicy;
  gates: FeatureGates;
  /** `0` switches a listener off. */
  metricsAddr: string;
  healthAddr: string;
  eventsAddr: string;
  storagePath: string;
  storageAddr: string;
  storageAdvAddr: string;
  artifactAuthorization: boolean;
  artifactDigestAlgo: DigestAlgorithm;
  artifactRetentionTtlMs: number;
  artifactRetentionRecords: number;
  concurrent: number;
  /** Of Tenants; `concurrent` if undefined. */
  workers: number | undefined;
  /** Of the component tenancy; 0: none. */
  cacheSyncTimeoutMs: number;
  concurrentSsa: number;
  overrideManagers: readonly string[];
  customApplyStageKinds: readonly string[];
  pruneGuard: PruneGuard | undefined;
  requeueDependencyMs: number;
  intervalJitterPercentage: number;
  minRetryDelayMs: number;
  maxRetryDelayMs: number;
  leaderElection: boolean;
  lease: LeaseTimes;
  watchAllNamespaces: boolean;
  watchLabelSelector: string;
  watchConfigsSelector: string;
  httpRetry: number;
  tokenCache: { maxTokens: number; maxAgeMs: number };
  sshKexAlgorithms: readonly string[];
  sshHostKeyAlgorithms: readonly string[];
  logLevel: LogLevel;
  logEncoding: LogEncoding;
  /** Of API servers without API Priority and Fairness; undefined: no ceiling. */
  apiLimit: RequestLimit | undefined;
  /** Path of native/engine; built from this repository when absent. */
  enginePath: string | undefined;
  renderProcesses: number;
  renderMemoryBytes: number;
  gracefulShutdownMs: number;
  allowLoopbackSources: boolean;
  /** `''`: there is none. */
  sopsAgeSecret: string;
  sopsVaultConfigMap: string;
  defaultDecryptionServiceAccount: string | undefined;
}

/** Reads and checks the flags; throws {@link UsageError} that names the flag. */
export function parseManagerFlags(options: OptionValues): ManagerFlags {
  const read = readerOf(options);
  const policy = parsePolicy(options, read);
  return {
    kubeconfig: read.optional('kubeconfig'),
    context: read.optional('context'),
    components: parseComponents(read.text('components')),
    configurationName: read.text('configurationName'),
    webhookPort: read.count('webhookPort', 0),
    webhookCertPath: read.optional('webhookCertPath') || undefined,
    bridge: parseBridgeFlags(read),
    policy,
    gates: parseGates(read.list('featureGates')),
    metricsAddr: read.text('metricsAddr'),
    healthAddr: read.text('healthAddr'),
    eventsAddr: read.text('eventsAddr'),
    storagePath: read.text('storagePath'),
    storageAddr: read.text('storageAddr'),
    storageAdvAddr: read.text('storageAdvAddr'),
    artifactAuthorization: read.flag('artifactAuthorization') ?? true,
    // `choices` of the option admits nothing else.
    artifactDigestAlgo: read.text('artifactDigestAlgo') as DigestAlgorithm,
    artifactRetentionTtlMs: read.duration('artifactRetentionTtl'),
    artifactRetentionRecords: read.count('artifactRetentionRecords', 1),
    concurrent: read.count('concurrent', 1),
    workers: read.optional('workers') === undefined ? undefined : read.count('workers', 1),
    cacheSyncTimeoutMs: read.duration('cacheSyncTimeout'),
    concurrentSsa: read.count('concurrentSsa', 1),
    overrideManagers: read.list('overrideManager'),
    customApplyStageKinds: read.list('customApplyStageKinds'),
    pruneGuard: parsePruneGuard(read, policy),
    requeueDependencyMs: read.duration('requeueDependency'),
    intervalJitterPercentage: read.count('intervalJitterPercentage', 0),
    minRetryDelayMs: read.duration('minRetryDelay'),
    maxRetryDelayMs: read.duration('maxRetryDelay'),
    leaderElection: read.flag('enableLeaderElection') ?? false,
    lease: parseLease(read),
    watchAllNamespaces: read.flag('watchAllNamespaces') ?? true,
    watchLabelSelector: read.text('watchLabelSelector'),
    watchConfigsSelector: read.text('watchConfigsLabelSelector'),
    httpRetry: read.count('httpRetry', 0),
    tokenCache: {
      maxTokens: read.count('tokenCacheMaxSize', 0),
      maxAgeMs: read.duration('tokenCacheMaxDuration'),
    },
    sshKexAlgorithms: read.list('sshKexAlgos'),
    sshHostKeyAlgorithms: read.list('sshHostkeyAlgos'),
    logLevel: parseLogLevel(read),
    logEncoding: parseLogEncoding(read),
    apiLimit: parseLimit(read),
    enginePath: read.optional('enginePath'),
    renderProcesses: read.count('renderProcesses', 1),
    renderMemoryBytes: read.count('renderMemoryMib', 64) * 1024 * 1024,
    gracefulShutdownMs: read.duration('gracefulShutdownTimeout'),
    allowLoopbackSources: read.flag('allowLoopbackSources') ?? false,
    sopsAgeSecret: read.text('sopsAgeSecret'),
    sopsVaultConfigMap: read.text('sopsVaultConfigmap'),
    defaultDecryptionServiceAccount: read.optional('defaultDecryptionServiceAccount'),
  };
}

/** Below this, a share says little: a renamed object is half of what there was, or all of it. */
const guardedAtLeast = 5;

function parsePruneGuard(read: OptionReader, { profile }: AccessPolicy): PruneGuard | undefined {
  const usual = profile === 'multi-tenant' ? '50%' : 'off';
  const given = read.optional('pruneGuard') ?? usual;
  if (given === 'off') return undefined;
  const guard = PruneGuard.safeParse({ maxShare: given, atLeast: guardedAtLeast });
  if (guard.success) return guard.data;
  throw new UsageError(`--prune-guard: '${given}' is not a percentage from 0% to 100%, nor off`);
}

function parsePolicy(options: OptionValues, read: OptionReader): AccessPolicy {
  try {
    return accessPolicyFor({
      securityProfile: read.optional('securityProfile'),
      noCrossNamespaceRefs: negated(options['crossNamespaceRefs']),
      noRemoteBases: negated(options['remoteBases']),
      enableSourceAcl: read.flag('enableSourceAcl'),
      defaultServiceAccount: read.optional('defaultServiceAccount'),
      defaultKubeconfigServiceAccount: read.optional('defaultKubeconfigServiceAccount'),
      insecureKubeconfigExec: read.flag('insecureKubeconfigExec'),
      insecureKubeconfigTls: read.flag('insecureKubeconfigTls'),
      allowKubeconfigProxy: read.flag('allowKubeconfigProxy'),
      allowLoopbackClusters: read.flag('allowLoopbackClusters'),
    });
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}

function parseLease(read: OptionReader): LeaseTimes {
  const times = {
    releases: read.flag('leaderElectionReleaseOnCancel') ?? true,
    leaseMs: read.duration('leaderElectionLeaseDuration'),
    renewMs: read.duration('leaderElectionRenewDeadline'),
    retryMs: read.duration('leaderElectionRetryPeriod'),
  };
  if (times.leaseMs <= times.renewMs) {
    throw new UsageError('--leader-election-lease-duration must be longer than -renew-deadline');
  }
  // A try is spread by a fifth.
  if (times.renewMs <= times.retryMs * 1.2 || times.retryMs <= 0) {
    throw new UsageError('--leader-election-renew-deadline must be longer than -retry-period');
  }
  return times;
}

function parseGates(texts: readonly string[]): FeatureGates {
  try {
    return parseFeatureGates(texts);
  } catch (error) {
    throw new UsageError(`--feature-gates: ${messageOf(error)}`);
  }
}

/** Commander turns `--no-x` into `x: false`, and `--no-x=false` into `x: 'false'`. */
function negated(value: OptionValues[string]): boolean | undefined {
  if (value === undefined || value === true) return undefined;
  return value === false || toBoolean('no-…', value);
}

function parseComponents(text: string): Set<Component> {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !components.some((known) => known === name));
  if (unknown !== undefined) {
    throw new UsageError(`--components: '${unknown}' is not one of ${components.join(', ')}`);
  }
  return new Set(components.filter((known) => names.includes(known)));
}
