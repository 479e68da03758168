import { readFile } from 'node:fs/promises';
import {
  accessPolicyFor,
  SecurityFlagError,
  type AccessPolicy,
} from '../../access/security-profile.ts';
import { Kustomization } from '../../api/kustomize/kustomization.ts';
import { messageOf } from '../../base/errors.ts';
import { isRecord } from '../../base/json.ts';
import { parseYamlDocuments } from '../../base/yaml.ts';
import type { Cluster } from '../../cli/cluster/connect.ts';
import {
  clusterOptions,
  namespaceOption,
  textOption,
  timeoutOption,
} from '../../cli/cluster/options.ts';
import { UsageError, type CommandOption, type OptionValues } from '../../cli/command.ts';
import { readObject } from '../../cli/objects/read.ts';
import { findKind } from '../../api/kinds.ts';
import type { AnyKind } from '../../cli/objects/target.ts';
import type { ReconciledKustomization } from '../../controllers/kustomization/work.ts';
import type { KubeObject } from '../../kube/object.ts';
import { readIfThere } from '../../kube/read-if-there.ts';

/** Options of commands that build a Kustomization from a directory. */
export const localBuildOptions: CommandOption[] = [
  ...clusterOptions,
  namespaceOption,
  { flag: '--path <directory>', description: 'the directory in the place of spec.path' },
  {
    flag: '--root <directory>',
    description: "root of the source's files (default: found by spec.path, or by .git)",
  },
  {
    flag: '--kustomization-file <file>',
    description: 'take the spec from this manifest rather than from the cluster',
  },
  {
    flag: '--security-profile <name>',
    description: 'that of the controller',
    choices: ['multi-tenant', 'single-tenant'],
    default: 'multi-tenant',
  },
  {
    flag: '--default-service-account <name>',
    description: "the controller's, for objects that name none (default: the profile's)",
  },
  {
    flag: '--engine-path <path>',
    description: 'render engine; built from this repository when absent',
  },
  { flag: '--progress', description: 'say on standard error what is done', default: true },
  { flag: '--no-progress', description: 'say nothing on standard error' },
  timeoutOption('5m'),
];

/** Options of commands that look at the cluster of `spec.kubeConfig`: what the controller allows. */
export const remoteOptions: CommandOption[] = [
  {
    flag: '--default-kubeconfig-service-account <name>',
    description: "the controller's, for ConfigMaps of spec.kubeConfig that name none",
  },
  {
    flag: '--insecure-kubeconfig-exec',
    description: "as the controller's: run programs that a kubeconfig of a tenant names, as you",
  },
  {
    flag: '--insecure-kubeconfig-tls',
    description: "as the controller's: do not verify servers where a kubeconfig says so",
  },
  {
    flag: '--allow-kubeconfig-proxy',
    description: "as the controller's: use proxies that a kubeconfig names",
  },
  {
    flag: '--allow-loopback-clusters',
    description: "as the controller's: follow kubeconfigs to this machine and its link",
  },
];

/** The arguments `kustomization NAME`, or `ks/NAME`, of these commands. */
export function parseSubject(args: readonly string[]): string {
  const [kind = '', name = '', ...more] =
    args.length === 1 ? (args[0] ?? '').split('/') : [...args];
  if (findKind(kind)?.kind !== Kustomization.kind || name === '' || more.length > 0) {
    throw new UsageError('name one Kustomization: kustomization NAME, or ks/NAME');
  }
  return name;
}

/** The Kustomization of the cluster, with the spec of a file if one is named. */
export async function readSubject(
  cluster: Cluster,
  name: string,
  options: OptionValues,
): Promise<ReconciledKustomization> {
  const file = textOption(options, 'kustomizationFile');
  const key = { namespace: cluster.namespace, name };
  // Structurally one of the kinds; its type parameters are its own.
  const kind = Kustomization as unknown as AnyKind;
  if (file === undefined) return decode(await readObject(cluster, { kind, ...key }));
  const manifest = await readManifest(file, name);
  const { client, signal } = cluster;
  const live = await readIfThere(client, Kustomization.type, key, { signal });
  const { uid } = live?.metadata ?? {};
  const metadata = { ...manifest.metadata, ...key, ...(uid === undefined ? {} : { uid }) };
  return decode({ ...manifest, metadata, status: live?.['status'] });
}

/** A switch that was given; undefined leaves it to the profile. */
function switchOption(options: OptionValues, name: string): boolean | undefined {
  return options[name] === true ? true : undefined;
}

function decode(object: KubeObject): ReconciledKustomization {
  try {
    return Kustomization.decode(object);
  } catch (error) {
    throw new Error(`the Kustomization is not valid: ${messageOf(error)}`, { cause: error });
  }
}

async function readManifest(file: string, name: string): Promise<KubeObject> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`--kustomization-file: ${messageOf(error)}`, { cause: error });
  });
  const found = parseYamlDocuments(text).find(
    (document) =>
      isRecord(document) &&
      document['kind'] === Kustomization.kind &&
      String(document['apiVersion']).startsWith(`${Kustomization.group}/`) &&
      isRecord(document['metadata']) &&
      document['metadata']['name'] === name,
  );
  if (!found) throw new UsageError(`${file} holds no Kustomization '${name}'`);
  // It has a kind, an apiVersion and a name: the rest is checked when it is decoded.
  return found as KubeObject;
}

/** The controller's lockdown, as far as the flags say. */
export function policyOf(options: OptionValues): AccessPolicy {
  try {
    return accessPolicyFor({
      securityProfile: textOption(options, 'securityProfile'),
      defaultServiceAccount: textOption(options, 'defaultServiceAccount'),
      defaultKubeconfigServiceAccount: textOption(options, 'defaultKubeconfigServiceAccount'),
      insecureKubeconfigExec: switchOption(options, 'insecureKubeconfigExec'),
      insecureKubeconfigTls: switchOption(options, 'insecureKubeconfigTls'),
      allowKubeconfigProxy: switchOption(options, 'allowKubeconfigProxy'),
      allowLoopbackClusters: switchOption(options, 'allowLoopbackClusters'),
    });
  } catch (error) {
    if (error instanceof SecurityFlagError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}
