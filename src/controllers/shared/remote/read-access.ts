import { isNotFound } from '../../../kube/api-error.ts';
import type { KubeClient } from '../../../kube/client.ts';
import { parseKubeconfig, selectContext } from '../../../kube/kubeconfig-document.ts';
import { formatKey, type ObjectKey } from '../../../kube/object.ts';
import { configMapType, secretType } from '../../../kube/core-resources.ts';
import { secretValues } from '../secret.ts';
import { clusterAccess, unusable, type AccessRules, type ClusterAccess } from './cluster-access.ts';
import { UnusableClusterError } from './unusable-cluster.ts';

type Key = Required<ObjectKey>;

/**
 * The way to a cluster that a Secret holds, read by `client` and so with the rights of whoever that
 * is. Rejects with what the API server answered, unless the Secret is not there.
 */
export async function accessFromSecret(
  ref: { key: Key; field: string | undefined },
  client: Pick<KubeClient, 'get'>,
  rules: AccessRules,
  signal: AbortSignal,
): Promise<ClusterAccess> {
  const name = `Secret '${formatKey(ref.key)}'`;
  const secret = await found(client.get(secretType, ref.key, { signal }), name);
  const values = secretValues(secret);
  const text = ref.field ? values.text(ref.field) : values.text('value', 'value.yaml');
  if (text === undefined) {
    const wanted = ref.field ? `'${ref.field}'` : `'value' or 'value.yaml'`;
    throw new UnusableClusterError(
      `${name} of spec.kubeConfig has no kubeconfig: put one under the key ${wanted}`,
    );
  }
  const what = `the kubeconfig in ${name}`;
  try {
    const context = selectContext(parseKubeconfig(text));
    return await clusterAccess(context, { what, salt: [ref.key.namespace] }, rules);
  } catch (error) {
    throw unusable(error, what);
  }
}

/** The data of a ConfigMap that describes a cluster. As {@link accessFromSecret}. */
export async function readClusterConfigMap(
  key: Key,
  client: Pick<KubeClient, 'get'>,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const name = `ConfigMap '${formatKey(key)}'`;
  const configMap = await found(client.get(configMapType, key, { signal }), name);
  // v1 ConfigMap: the API server has checked that `data` maps strings to strings.
  return (configMap['data'] ?? {}) as Record<string, string>;
}

async function found<T>(reading: Promise<T>, name: string): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const message = `${name} of spec.kubeConfig not found: create it, or correct the reference`;
    throw new UnusableClusterError(message, { cause: error });
  }
}
