import { securityProfiles } from '../../access/security-profile.ts';
import type { CommandOption } from '../../cli/command.ts';
import { components } from './components.ts';

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
    flag: '--feature-gates <gates>',
    description: 'behaviours to switch, Name=true|false, by comma; see docs/flags.md',
    repeatable: true,
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
