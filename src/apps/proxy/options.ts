import { authTypes } from '../../proxy/caller/authenticate.ts';
import type { CommandOption } from '../../cli/command.ts';
import { logOptions } from '../log-options.ts';
import { proxyGates } from './gates.ts';

/** Flags of the proxy that do something, by the names they have in Capsule's proxy, and a few of our own. */
export const actingProxyOptions: readonly CommandOption[] = [
  {
    flag: '--kubeconfig <path>',
    description: 'cluster to serve; in-cluster configuration when absent',
    env: 'KUBECONFIG',
  },
  { flag: '--context <name>', description: 'context of the kubeconfig' },
  {
    flag: '--namespace <name>',
    description: 'where the Secret with the certificate is; the namespace the process runs in',
    env: 'NAMESPACE',
  },
  {
    flag: '--listening-port <port>',
    description: 'port that tenants connect to',
    default: '9001',
  },
  {
    flag: '--listening-address <address>',
    description: 'address that tenants connect to; all of the machine when absent',
  },
  {
    flag: '--enable-ssl [bool]',
    description: 'serve HTTPS; false only behind something that ends TLS',
    default: 'true',
  },
  {
    flag: '--ssl-cert-path <file>',
    description: 'certificate, read again while it serves; a Secret of its own when absent',
  },
  { flag: '--ssl-key-path <file>', description: 'key of the certificate' },
  {
    flag: '--tls-secret-name <name>',
    description: 'Secret that the certificate is kept in when no files are given',
    default: 'capsule-proxy',
  },
  {
    flag: '--tls-name <name>',
    description: 'a further DNS name or IPv4 address that the kept certificate is for; repeatable',
    repeatable: true,
  },
  {
    flag: '--auth-preferred-types <types>',
    description: `how clients may say who they are, by comma, the first that a request has counts: ${authTypes.join(', ')}; the first two when absent`,
    repeatable: true,
  },
  {
    flag: '--trusted-proxy-cidrs <cidrs>',
    description: 'addresses that may send forwarded client certificates, by comma',
    repeatable: true,
  },
  {
    flag: '--xfcc-header-name <name>',
    description: 'header of forwarded client certificates',
    default: 'X-Forwarded-Client-Cert',
  },
  {
    flag: '--capsule-configuration-name <name>',
    description: 'CapsuleConfiguration that says who is a user of tenants',
    default: 'default',
  },
  {
    flag: '--allowed-paths <paths>',
    description:
      'paths that are passed on without a look, by comma; /api, /apis and /version when absent',
    repeatable: true,
  },
  {
    flag: '--ignored-user-group <names>',
    description: 'groups whose requests are passed on without a look, by comma',
    repeatable: true,
  },
  {
    flag: '--ignored-username <names>',
    description: 'users whose requests are passed on without a look, by comma',
    repeatable: true,
  },
  {
    flag: '--ignored-impersonation-group <patterns>',
    description: 'patterns of groups that clients may ask for in vain, by comma',
    repeatable: true,
  },
  {
    flag: '--impersonation-group-regexp <pattern>',
    description: 'groups that clients may ask for; all when absent',
  },
  {
    flag: '--enable-reflector [bool]',
    description:
      'RoleBindings labelled reflection.proxy.projectcapsule.dev/enabled=true show their namespaces',
    default: 'false',
  },
  {
    flag: '--feature-gates <pairs>',
    description: `Name=true, by comma: ${Object.keys(proxyGates).join(', ')}`,
    repeatable: true,
  },
  {
    flag: '--max-requests-per-caller <n>',
    description: 'requests of one user at once; more are answered with 429; 0: any number',
    default: '200',
  },
  {
    flag: '--max-watches-per-caller <n>',
    description:
      'watches, followed logs, terminals and forwarded ports of one user at once; 0: any number',
    default: '1000',
  },
  {
    flag: '--client-connection-qps <n>',
    description: 'ceiling of own requests a second, where the API server has no fair queues',
    default: '20',
  },
  {
    flag: '--client-connection-burst <n>',
    description: 'and of requests at once',
    default: '30',
  },
  {
    flag: '--metrics-addr <address>',
    description: 'where metrics are; 0: nowhere',
    default: ':8080',
  },
  {
    flag: '--health-addr <address>',
    description: 'where probes are; 0: nowhere',
    default: ':8081',
  },
  {
    flag: '--graceful-shutdown-timeout <duration>',
    description: 'time that requests under way have after a signal to end',
    default: '20s',
  },
  ...logOptions,
  { flag: '--zap-log-level <level>', description: '--log-level under the name of Capsule' },
  {
    flag: '--zap-encoder <encoding>',
    description: '--log-encoding under the name of Capsule',
    choices: ['json', 'console'],
  },
];

/** Flags that have nothing to act on here, so that arguments can be copied. */
export const unusedProxyOptions: readonly CommandOption[] = [
  {
    flag: '--oidc-username-claim <name>',
    description: 'nothing: the API server says whose a token is',
  },
  {
    flag: '--disable-caching [bool]',
    description: 'nothing: what is kept is kept current by watches',
  },
  { flag: '--rolebindings-resync-period <duration>', description: 'nothing: they are watched' },
  { flag: '--webhook-port <port>', description: 'nothing: the proxy serves no webhooks' },
  { flag: '--enable-leader-election [bool]', description: 'nothing: every replica serves' },
  { flag: '--enable-pprof [bool]', description: 'nothing: there is no such server' },
  { flag: '--zap-devel [bool]', description: 'nothing: log lines have one shape' },
  { flag: '--zap-stacktrace-level <level>', description: 'nothing: log lines have one shape' },
  { flag: '--zap-time-encoding <name>', description: 'nothing: log lines have one shape' },
].map((option) => ({ ...option, description: `accepted, and ${option.description}` }));

export const proxyOptions: readonly CommandOption[] = [
  ...actingProxyOptions,
  ...unusedProxyOptions,
];
