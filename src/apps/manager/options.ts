import { securityProfiles } from '../../access/security-profile.ts';
import { watchLabel, watchLabelEnabled } from '../../api/labels.ts';
import type { CommandOption } from '../../cli/command.ts';
import { logOptions } from '../log-options.ts';
import { bridgeOptions } from './bridge-options.ts';
import { capsuleOptions } from './capsule-options.ts';
import { defaultComponents } from './components.ts';
import { unusedOptions } from './unused-options.ts';

/** A flag of the manager, and how it differs from Flux's flag of that name. */
export interface ManagerOption extends CommandOption {
  /** `own`: Flux has no such flag. Absent: as there. */
  differs?: string;
}

/** Flags that do something here. */
export const actingOptions: readonly ManagerOption[] = [
  {
    flag: '--kubeconfig <path>',
    description: 'cluster to manage; in-cluster configuration when absent',
    env: 'KUBECONFIG',
    differs: 'own',
  },
  { flag: '--context <name>', description: 'context of the kubeconfig', differs: 'own' },
  {
    flag: '--components <names>',
    description: 'what to run, by comma: source, kustomize, tenancy, bridge',
    default: defaultComponents.join(','),
    differs: 'own',
  },
  ...capsuleOptions,
  {
    flag: '--webhook-port <port>',
    description: 'where the component tenancy serves its webhooks; 0 switches them off',
    default: '9443',
    differs: "Capsule's",
  },
  {
    flag: '--webhook-cert-path <dir>',
    description:
      'folder with tls.crt, tls.key and ca.crt of the webhooks; a Secret of its own when absent',
    differs: "Capsule's, with a default there",
  },
  ...bridgeOptions,
  {
    flag: '--security-profile <name>',
    description: 'lockdown of the control plane',
    choices: securityProfiles,
    default: 'multi-tenant',
    differs: 'own',
  },
  {
    flag: '--no-cross-namespace-refs [bool]',
    description: 'refuse every reference to another namespace, even a granted one',
  },
  {
    flag: '--no-remote-bases [bool]',
    description: 'refuse kustomizations that load from outside their source',
    differs: 'on in the multi-tenant profile',
  },
  {
    flag: '--default-service-account <name>',
    description: 'account of objects that name none',
    differs: '`default` in the multi-tenant profile; not impersonated on remote clusters',
  },
  {
    flag: '--default-kubeconfig-service-account <name>',
    description: 'account whose token opens a remote cluster whose ConfigMap names none',
    differs: 'the account the object acts as, if not given',
  },
  {
    flag: '--insecure-kubeconfig-exec [bool]',
    description: 'kubeconfigs of tenants may run programs of this container',
  },
  {
    flag: '--insecure-kubeconfig-tls [bool]',
    description: 'kubeconfigs of tenants may leave their server unverified, or verify another name',
    differs: 'tls-server-name needs it, in the multi-tenant profile',
  },
  {
    flag: '--allow-kubeconfig-proxy [bool]',
    description: 'kubeconfigs of tenants may name a proxy; on in the single-tenant profile',
    differs: 'own',
  },
  {
    flag: '--allow-loopback-clusters [bool]',
    description:
      'kubeconfigs may point to this machine, its link and metadata services; on in the single-tenant profile',
    differs: 'own',
  },
  {
    flag: '--sops-age-secret <name>',
    description: 'Secret beside the manager whose age keys decrypt for those who name no Secret',
    default: '',
  },
  {
    flag: '--sops-vault-configmap <name>',
    description: 'ConfigMap beside the manager with the Vaults that ServiceAccounts log in to',
    default: '',
    differs: "never as the manager's own account",
  },
  {
    flag: '--default-decryption-service-account <name>',
    description: 'account that logs in to Vault where spec.decryption names none',
    differs: 'the account that applies, if there is no such flag',
  },
  {
    flag: '--enable-source-acl [bool]',
    description: "other namespaces need a grant in a source's spec.accessFrom",
    differs: 'on in the multi-tenant profile; upstream it exists as a proposal only',
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
    differs: 'no pprof',
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
    differs: 'own',
  },
  {
    flag: '--artifact-digest-algo <name>',
    description: 'digest of artifacts',
    choices: ['sha256', 'sha384', 'sha512'],
    default: 'sha256',
    differs: 'neither blake3 nor the deprecated sha1',
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
  {
    flag: '--ssh-kex-algos <names>',
    description: 'key exchange algorithms of Git over ssh, by comma; those of ssh when absent',
    repeatable: true,
  },
  {
    flag: '--ssh-hostkey-algos <names>',
    description: 'host key algorithms of Git over ssh, by comma; those of ssh when absent',
    repeatable: true,
  },
  {
    flag: '--concurrent <n>',
    description: 'reconciles at once, per component',
    default: '4',
    differs: 'source-controller has 2',
  },
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
    description:
      'kinds applied before all others, but for definitions and classes: group/Kind, by comma',
    repeatable: true,
  },
  {
    flag: '--prune-guard <share>',
    description:
      'share of an inventory, such as 50%, that a change may delete without a go, or off; 50% in the multi-tenant profile',
    differs: 'own',
  },
  {
    flag: '--requeue-dependency <duration>',
    description: 'fallback wait for a dependency; events come first',
    default: '30s',
    differs: 'there the only way to notice',
  },
  {
    flag: '--http-retry <n>',
    description: 'tries in quick succession when an artifact cannot be downloaded',
    default: '9',
    differs:
      'no worker is held between two tries; unused where source and consumer are one process',
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
    flag: '--leader-election-release-on-cancel [bool]',
    description: 'step down at shutdown, so that the next leader need not wait',
    default: 'true',
  },
  {
    flag: '--leader-election-lease-duration <duration>',
    description: 'how long others wait for a silent leader',
    default: '35s',
  },
  {
    flag: '--leader-election-renew-deadline <duration>',
    description: 'how long a leader tries to stay one',
    default: '30s',
  },
  {
    flag: '--leader-election-retry-period <duration>',
    description: 'time between two tries of election',
    default: '5s',
  },
  {
    flag: '--watch-all-namespaces [bool]',
    description: "false: only objects in the manager's own namespace are reconciled",
    default: 'true',
  },
  {
    flag: '--watch-label-selector <selector>',
    description: 'shard: reconcile only objects with these labels',
    default: '',
  },
  {
    flag: '--watch-configs-label-selector <selector>',
    description: 'ConfigMaps and Secrets with these labels reconcile who refers to them',
    default: `${watchLabel}=${watchLabelEnabled}`,
  },
  {
    flag: '--kube-api-qps <n>',
    description: 'requests a second to an API server without API Priority and Fairness',
    default: '50',
  },
  {
    flag: '--kube-api-burst <n>',
    description: 'requests at once to an API server without API Priority and Fairness',
    default: '300',
  },
  {
    flag: '--token-cache-max-size <n>',
    description:
      'ServiceAccount tokens kept, for artifacts and for remote clusters each; 0 keeps none',
    default: '1000',
    differs: '100 there, where they are tokens of clouds',
  },
  {
    flag: '--token-cache-max-duration <duration>',
    description: 'longest a token is kept, an hour at most',
    default: '1h',
  },
  ...logOptions,
  {
    flag: '--engine-path <path>',
    description: 'render engine; built from this repository when absent',
    env: 'TENANTRY_ENGINE',
    differs: 'own',
  },
  {
    flag: '--render-processes <n>',
    description: 'kustomize processes',
    default: '2',
    differs: 'own',
  },
  {
    flag: '--render-memory-mib <n>',
    description: 'memory of one kustomize process',
    default: '512',
    differs: 'own',
  },
  {
    flag: '--graceful-shutdown-timeout <duration>',
    description: 'how long running reconciles may finish',
    default: '10s',
    differs: 'own',
  },
  {
    flag: '--allow-loopback-sources [bool]',
    description: 'sources and key services may be on this machine (demos and tests)',
    differs: 'own',
  },
];

/** The flags as the command line shows them. */
export const managerOptions: CommandOption[] = [...actingOptions, ...unusedOptions];
