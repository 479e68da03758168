import { watchLabel, watchLabelEnabled } from '../../api/labels.ts';
import type { CommandOption } from '../../cli/command.ts';
import { logOptions } from '../log-options.ts';
import { bridgeOptions } from './bridge-options.ts';
import { capsuleOptions } from './capsule-options.ts';
import { defaultComponents } from './components.ts';
import { electionOptions } from './election-options.ts';
import type { ManagerOption } from './manager-option.ts';
import { securityOptions } from './security-options.ts';
import { storageOptions } from './storage-options.ts';
import { unusedOptions } from './unused-options.ts';

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
  ...securityOptions,
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
  ...storageOptions,
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
  ...electionOptions,
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
