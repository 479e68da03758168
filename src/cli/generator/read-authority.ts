import { isNotFound } from '../../kube/api-error.ts';
import { secretType } from '../../kube/core-resources.ts';
import type { KubeObject } from '../../kube/object.ts';
import { secretData, secretText } from '../../kube/secrets.ts';
import type { Cluster } from '../cluster/connect.ts';
import type { GeneratorOptions } from './options.ts';

/** The authority of the proxy (PEM), from its TLS Secret. */
export async function readAuthority(
  { namespace, name, key }: GeneratorOptions['tlsSecret'],
  { client, signal }: Pick<Cluster, 'client' | 'signal'>,
): Promise<string> {
  const secret = await read({ namespace, name }, { client, signal });
  const ca = secretText(secretData(secret), key);
  if (ca?.includes('-----BEGIN CERTIFICATE-----')) return ca;
  throw new Error(
    `Secret '${namespace}/${name}' has no certificate under the key '${key}': correct --server-tls-secret-ca-key`,
  );
}

async function read(
  key: { namespace: string; name: string },
  { client, signal }: Pick<Cluster, 'client' | 'signal'>,
): Promise<KubeObject> {
  try {
    return await client.get(secretType, key, { signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const message = `Secret '${key.namespace}/${key.name}' not found: correct --server-tls-secret-name and --server-tls-secret-namespace`;
    throw new Error(message, { cause: error });
  }
}
