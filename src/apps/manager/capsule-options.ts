import type { CommandOption } from '../../cli/command.ts';
import type { ManagerOption } from './manager-option.ts';

/** Flags of Capsule's controller that do something here; those with other names in Flux win if both are given. */
export const capsuleOptions: readonly ManagerOption[] = [
  {
    flag: '--configuration-name <name>',
    description: 'CapsuleConfiguration that counts, for the component tenancy',
    default: 'default',
    differs: "Capsule's",
  },
  {
    flag: '--workers <n>',
    description: 'Tenants reconciled at once; --concurrent when absent',
    differs: "Capsule's, with 1 there",
  },
  {
    flag: '--cache-sync-timeout <duration>',
    description: 'the component tenancy ends when it has not seen the cluster by then; 0: it waits',
    default: '0s',
    differs: "Capsule's",
  },
  {
    flag: '--client-connection-qps <n>',
    description: '--kube-api-qps under the name of Capsule',
    differs: "Capsule's, with 20 there",
  },
  {
    flag: '--client-connection-burst <n>',
    description: '--kube-api-burst under the name of Capsule',
    differs: "Capsule's, with 30 there",
  },
  {
    flag: '--zap-log-level <level>',
    description: '--log-level under the name of Capsule: debug, info, error, or a number',
    differs: "Capsule's",
  },
  {
    flag: '--zap-encoder <encoding>',
    description: '--log-encoding under the name of Capsule',
    choices: ['json', 'console'],
    differs: "Capsule's",
  },
];

const http = 'accepted, and nothing: metrics are served over HTTP; let only Prometheus reach them';
const noTraces = 'accepted, and nothing: no traces are sent';
const noLogShape = 'accepted, and nothing: log lines have one shape';

/** Flags of Capsule's controller that have nothing to act on here, so that arguments can be copied. */
export const unusedCapsuleOptions: readonly CommandOption[] = [
  { flag: '--metrics-secure [bool]', description: http },
  { flag: '--metrics-cert-path <dir>', description: http },
  { flag: '--metrics-cert-name <file>', description: http },
  { flag: '--metrics-cert-key <file>', description: http },
  {
    flag: '--webhook-cert-name <file>',
    description: 'accepted, and nothing: the certificate is tls.crt of its folder',
  },
  {
    flag: '--webhook-cert-key <file>',
    description: 'accepted, and nothing: the key is tls.key of its folder',
  },
  {
    flag: '--enable-http2 [bool]',
    description: 'accepted, and nothing: webhooks and metrics are served over HTTP/1.1',
  },
  { flag: '--enable-pprof [bool]', description: 'accepted, and nothing: there is no such server' },
  { flag: '--enable-tracing [bool]', description: noTraces },
  { flag: '--tracing-otlp-endpoint <address>', description: noTraces },
  { flag: '--tracing-otlp-insecure [bool]', description: noTraces },
  { flag: '--tracing-sample-ratio <n>', description: noTraces },
  { flag: '--tracing-otlp-header <pair>', description: noTraces, repeatable: true },
  { flag: '--tracing-otlp-basic-auth-username <name>', description: noTraces },
  { flag: '--tracing-otlp-basic-auth-password <text>', description: noTraces },
  { flag: '--tracing-otlp-timeout <duration>', description: noTraces },
  { flag: '--tracing-otlp-compression <name>', description: noTraces },
  { flag: '--tracing-otlp-tls-server-name <name>', description: noTraces },
  { flag: '--tracing-otlp-tls-insecure-skip-verify [bool]', description: noTraces },
  { flag: '--zap-devel [bool]', description: noLogShape },
  { flag: '--zap-stacktrace-level <level>', description: noLogShape },
  { flag: '--zap-time-encoding <name>', description: noLogShape },
];
