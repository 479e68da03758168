import { toStream } from '../api/generated-files.ts';
import { installManifests } from '../api/install/manifests.ts';
import { defaultInstallOptions, type InstallOptions } from '../api/install/options.ts';
import type { KubeObject } from '../kube/object.ts';
import { UsageError, type Command, type OptionValues } from './command.ts';

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** `tenantry install --export`: the manifests of an installation, for `kubectl apply` or for Git. */
export const installCommand: Command = {
  name: 'install',
  summary: 'print the manifests that install the control plane',
  details: [
    'Examples:',
    '  tenantry install --export | kubectl apply --server-side -f -',
    '  tenantry install --export --tenant-namespace tenant-a --tenant-namespace tenant-b',
    '',
    'Without --tenant-namespace the manager may impersonate the ServiceAccounts, and read the',
    'Secrets, of every namespace. With it, only of those named, and of its own.',
  ].join('\n'),
  options: [
    { flag: '--export', description: 'print the manifests (nothing else is done to a cluster)' },
    {
      flag: '-n, --namespace <name>',
      description: 'namespace of the control plane',
      default: defaultInstallOptions.namespace,
    },
    {
      flag: '--image <reference>',
      description: 'image of the manager',
      default: defaultInstallOptions.image,
    },
    {
      flag: '--security-profile <name>',
      description: 'lockdown of the control plane',
      choices: ['multi-tenant', 'single-tenant'],
      default: defaultInstallOptions.securityProfile,
    },
    {
      flag: '--tenant-namespace <name>',
      description: 'where ServiceAccounts may be impersonated and Secrets read; repeatable',
      repeatable: true,
    },
    {
      flag: '--manager-arg <flag>',
      description: "a flag of `tenantry manager`, such as '--log-level=debug'; repeatable",
      repeatable: true,
    },
    {
      flag: '--separate-components',
      description: 'sources and Kustomizations in a Deployment each',
    },
    { flag: '--tenancy', description: 'tenants as well, by a Deployment of its own' },
    {
      flag: '--proxy',
      description: 'the tenant proxy as well, by a Deployment of its own; together with --tenancy',
    },
    {
      flag: '--proxy-arg <flag>',
      description: "a flag of `tenantry proxy`, such as '--log-level=debug'; repeatable",
      repeatable: true,
    },
    {
      flag: '--bridge',
      description: 'kubeconfigs for the accounts that deploy tenants, by a Deployment of its own',
    },
    {
      flag: '--no-gitops',
      description: 'only tenants, for a cluster that Flux deploys to; together with --tenancy',
    },
    { flag: '--no-network-policies', description: 'leave NetworkPolicies out' },
  ],
  run: async ({ options }) => exportManifests(options),
  print: (objects: KubeObject[]) => toStream(objects).trimEnd(),
};

function exportManifests(options: OptionValues): KubeObject[] {
  if (options['export'] !== true) {
    throw new UsageError('say --export, and pass the result to kubectl apply or commit it to Git');
  }
  return installManifests(parseInstallOptions(options));
}

function parseInstallOptions(options: OptionValues): InstallOptions {
  const namespace = text(options, 'namespace', defaultInstallOptions.namespace);
  const tenantNamespaces = list(options, 'tenantNamespace');
  for (const name of [namespace, ...tenantNamespaces]) {
    if (!dnsLabel.test(name)) throw new UsageError(`'${name}' is not the name of a namespace`);
  }
  const managerArgs = flags(options, 'managerArg', '--manager-arg');
  const proxyArgs = flags(options, 'proxyArg', '--proxy-arg');
  const gitops = options['gitops'] !== false;
  const [tenancy, proxy, bridge] = [
    options['tenancy'] === true,
    options['proxy'] === true,
    options['bridge'] === true,
  ];
  if (!gitops && !tenancy && !bridge) {
    throw new UsageError('--no-gitops without --tenancy leaves nothing');
  }
  if (proxy && !tenancy) throw new UsageError('--proxy needs --tenancy: it shows what tenants own');
  return {
    ...defaultInstallOptions,
    namespace,
    image: text(options, 'image', defaultInstallOptions.image),
    securityProfile:
      options['securityProfile'] === 'single-tenant' ? 'single-tenant' : 'multi-tenant',
    managerArgs,
    tenantNamespaces,
    networkPolicies: options['networkPolicies'] !== false,
    separateComponents: options['separateComponents'] === true,
    gitops,
    tenancy,
    proxy,
    proxyArgs,
    bridge,
  };
}

function text(options: OptionValues, name: string, fallback: string): string {
  const value = options[name];
  return typeof value === 'string' && value !== '' ? value : fallback;
}

/** Arguments that are passed on to a command. */
function flags(options: OptionValues, name: string, flag: string): string[] {
  const given = list(options, name);
  const odd = given.find((argument) => !argument.startsWith('--'));
  if (odd === undefined) return given;
  throw new UsageError(`${flag}: '${odd}' is not a flag (--name=value)`);
}

function list(options: OptionValues, name: string): string[] {
  const value = options[name];
  return Array.isArray(value) ? value : [];
}
