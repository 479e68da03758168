import {
  accessPolicyFor,
  securityProfiles,
  type AccessPolicy,
} from '../../access/security-profile.ts';
import type { DigestAlgorithm } from '../../engines/artifacts/digest.ts';
import { parseDuration } from '../../base/duration.ts';
import type { LogLevel } from '../../base/log.ts';
import { UsageError, type CommandOption, type OptionValues } from '../../cli/command.ts';

/** What `tenantry manager` can be told. Names and defaults are those users of Flux already set. */
export interface ManagerFlags {
  kubeconfig: string | undefined;
  context: string | undefined;
  components: ReadonlySet<Component>;
  policy: AccessPolicy;
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
  concurrentSsa: number;
  overrideManagers: readonly string[];
  customApplyStageKinds: readonly string[];
  requeueDependencyMs: number;
  intervalJitterPercentage: number;
  minRetryDelayMs: number;
  maxRetryDelayMs: number;
  leaderElection: boolean;
  watchLabelSelector: string;
  logLevel: LogLevel;
  /** Path of native/engine; built from this repository when absent. */
  enginePath: string | undefined;
  renderProcesses: number;
  renderMemoryBytes: number;
  gracefulShutdownMs: number;
  allowLoopbackSources: boolean;
}

export const components = ['source', 'kustomize'] as const;
export type Component = (typeof components)[number];

/** The flags as the command line shows them. */
export const managerOptions: CommandOption[] = [
  {
    flag: '--kubeconfig <path>',
    description: 'cluster to manage; in-cluster configuration when absent',
    env: 'KUBECONFIG',
  },
  { flag: '--context <name>', description: 'context of the kubeconfig' },
  {
    flag: '--components <names>',
    description: 'what to run, by comma',
    default: components.join(','),
  },
  {
    flag: '--security-profile <name>',
    description: 'lockdown of the control plane',
    choices: securityProfiles,
    default: 'multi-tenant',
  },
  {
    flag: '--no-cross-namespace-refs [bool]',
    description: 'refuse every reference to another namespace, even a granted one',
  },
  {
    flag: '--no-remote-bases [bool]',
    description: 'refuse kustomizations that load from outside their source',
  },
  { flag: '--default-service-account <name>', description: 'account of objects that name none' },
  {
    flag: '--enable-source-acl [bool]',
    description: "other namespaces need a grant in a source's spec.accessFrom",
  },
  {
    flag: '--metrics-addr <addr>',
    description: 'where /metrics listens; 0 switches it off',
    default: ':8080',
  },
  {
    flag: '--health-addr <addr>',
    description: 'where /healthz and /readyz listen; 0 switches them off',
    default: ':9440',
  },
  {
    flag: '--events-addr <url>',
    description: 'where events are posted, besides Kubernetes',
    default: '',
  },
  {
    flag: '--storage-path <dir>',
    description: 'where artifacts and Git mirrors are kept',
    default: '/data',
    env: 'STORAGE_PATH',
  },
  {
    flag: '--storage-addr <addr>',
    description: 'where artifacts are served; 0 switches it off',
    default: ':9090',
  },
  {
    flag: '--storage-adv-addr <host>',
    description: 'host of artifact URLs as others see it',
    default: '',
  },
  {
    flag: '--artifact-authorization [bool]',
    description: 'artifacts need a bearer token whose namespace the source admits',
  },
  {
    flag: '--artifact-digest-algo <name>',
    description: 'digest of artifacts',
    choices: ['sha256', 'sha384', 'sha512'],
    default: 'sha256',
  },
  {
    flag: '--artifact-retention-ttl <duration>',
    description: 'how long a replaced artifact stays',
    default: '60s',
  },
  {
    flag: '--artifact-retention-records <n>',
    description: 'how many artifacts of a source stay',
    default: '2',
  },
  { flag: '--concurrent <n>', description: 'reconciles at once, per component', default: '4' },
  {
    flag: '--concurrent-ssa <n>',
    description: 'objects of one Kustomization applied at once',
    default: '4',
  },
  {
    flag: '--override-manager <name>',
    description: 'field manager whose fields are taken over like those of kubectl; repeatable',
    repeatable: true,
  },
  {
    flag: '--custom-apply-stage-kinds <kinds>',
    description: 'kinds applied, and waited for, before all others: group/Kind, by comma',
    repeatable: true,
  },
  {
    flag: '--requeue-dependency <duration>',
    description: 'fallback wait for a dependency; events come first',
    default: '30s',
  },
  { flag: '--interval-jitter-percentage <n>', description: 'spread of intervals', default: '5' },
  {
    flag: '--min-retry-delay <duration>',
    description: 'first wait after a failure',
    default: '750ms',
  },
  {
    flag: '--max-retry-delay <duration>',
    description: 'longest wait after failures',
    default: '15m',
  },
  { flag: '--enable-leader-election [bool]', description: 'only one replica reconciles' },
  {
    flag: '--watch-label-selector <selector>',
    description: 'shard: reconcile only objects with these labels',
    default: '',
  },
  {
    flag: '--log-level <level>',
    description: 'least severe line to write',
    choices: ['trace', 'debug', 'info', 'error'],
    default: 'info',
  },
  {
    flag: '--engine-path <path>',
    description: 'render engine; built from this repository when absent',
    env: 'TENANTRY_ENGINE',
  },
  { flag: '--render-processes <n>', description: 'kustomize processes', default: '2' },
  {
    flag: '--render-memory-mib <n>',
    description: 'memory of one kustomize process',
    default: '512',
  },
  {
    flag: '--graceful-shutdown-timeout <duration>',
    description: 'how long running reconciles may finish',
    default: '10s',
  },
  {
    flag: '--allow-loopback-sources [bool]',
    description: 'sources may be on this machine (demos and tests)',
  },
];

/** Reads and checks the flags; throws {@link UsageError} that names the flag. */
export function parseManagerFlags(options: OptionValues): ManagerFlags {
  const read = readerOf(options);
  return {
    kubeconfig: read.optional('kubeconfig'),
    context: read.optional('context'),
    components: parseComponents(read.text('components')),
    policy: parsePolicy(options, read),
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
    concurrentSsa: read.count('concurrentSsa', 1),
    overrideManagers: read.list('overrideManager'),
    customApplyStageKinds: read.list('customApplyStageKinds'),
    requeueDependencyMs: read.duration('requeueDependency'),
    intervalJitterPercentage: read.count('intervalJitterPercentage', 0),
    minRetryDelayMs: read.duration('minRetryDelay'),
    maxRetryDelayMs: read.duration('maxRetryDelay'),
    leaderElection: read.flag('enableLeaderElection') ?? false,
    watchLabelSelector: read.text('watchLabelSelector'),
    logLevel: read.text('logLevel') as LogLevel,
    enginePath: read.optional('enginePath'),
    renderProcesses: read.count('renderProcesses', 1),
    renderMemoryBytes: read.count('renderMemoryMib', 64) * 1024 * 1024,
    gracefulShutdownMs: read.duration('gracefulShutdownTimeout'),
    allowLoopbackSources: read.flag('allowLoopbackSources') ?? false,
  };
}

function parsePolicy(options: OptionValues, read: ReturnType<typeof readerOf>): AccessPolicy {
  try {
    return accessPolicyFor({
      securityProfile: read.optional('securityProfile'),
      noCrossNamespaceRefs: negated(options['crossNamespaceRefs']),
      noRemoteBases: negated(options['remoteBases']),
      enableSourceAcl: read.flag('enableSourceAcl'),
      defaultServiceAccount: read.optional('defaultServiceAccount'),
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Commander turns `--no-x` into `x: false`, and `--no-x=false` into `x: 'false'`. */
function negated(value: OptionValues[string]): boolean | undefined {
  if (value === undefined || value === true) return undefined;
  return value === false || toBoolean('no-…', value);
}

function toBoolean(name: string, value: OptionValues[string]): boolean {
  if (value === true || value === 'true') return true;
  if (value === 'false' || value === false) return false;
  throw new UsageError(`--${name} must be true or false, not '${String(value)}'`);
}

function parseComponents(text: string): Set<Component> {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !components.some((known) => known === name));
  if (unknown !== undefined) {
    throw new UsageError(`--components: '${unknown}' is not one of ${components.join(', ')}`);
  }
  return new Set(components.filter((known) => names.includes(known)));
}

function readerOf(options: OptionValues) {
  const optional = (name: string): string | undefined => {
    const value = options[name];
    return typeof value === 'string' ? value : undefined;
  };
  const text = (name: string) => optional(name) ?? '';
  return {
    optional,
    text,
    flag: (name: string) =>
      options[name] === undefined ? undefined : toBoolean(dashed(name), options[name]),
    /** Of an option that may be repeated, and hold several values by comma. */
    list(name: string): string[] {
      const value = options[name];
      const given = Array.isArray(value) ? value : [];
      return given
        .flatMap((each) => each.split(','))
        .map((each) => each.trim())
        .filter(Boolean);
    },
    duration(name: string): number {
      const ms = parseDuration(text(name));
      if (ms === undefined)
        throw new UsageError(
          `--${dashed(name)}: '${text(name)}' is not a duration such as 30s or 1m30s`,
        );
      return ms;
    },
    count(name: string, least: number): number {
      const value = Number(text(name));
      if (!Number.isInteger(value) || value < least) {
        throw new UsageError(
          `--${dashed(name)}: '${text(name)}' is not a whole number of at least ${least}`,
        );
      }
      return value;
    },
  };
}

const dashed = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
