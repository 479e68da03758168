import { isNotFound } from '../../kube/api-error.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Cluster } from '../cluster/connect.ts';
import { formatTarget, shortName, type AnyKind, type NamedTarget } from './target.ts';

/** An object by its kind and name; throws a message for people when there is none. */
export async function readObject(
  { client, signal }: Pick<Cluster, 'client' | 'signal'>,
  { kind, name, namespace }: NamedTarget & { namespace: string },
): Promise<KubeObject> {
  try {
    const key = kind.type.namespaced ? { namespace, name } : { name };
    return await client.get(kind.type, key, { signal });
  } catch (error) {
    throw isNotFound(error) ? await missing({ client, signal }, { kind, name, namespace }) : error;
  }
}

/** The objects of a kind, by namespace and name. */
export async function listObjects(
  { client, signal }: Pick<Cluster, 'client' | 'signal'>,
  kind: AnyKind,
  namespace: string | undefined,
): Promise<KubeObject[]> {
  try {
    const scope = namespace === undefined || !kind.type.namespaced ? {} : { namespace };
    const { items } = await client.list(kind.type, { ...scope, signal });
    return items.sort((one, other) => compareText(keyText(one), keyText(other)));
  } catch (error) {
    throw isNotFound(error) ? notServed(kind) : error;
  }
}

const keyText = ({ metadata }: KubeObject) => `${metadata.namespace ?? ''}/${metadata.name}`;
const compareText = (one: string, other: string) => (one < other ? -1 : 1);

async function missing(
  { client, signal }: Pick<Cluster, 'client' | 'signal'>,
  { kind, name, namespace }: NamedTarget & { namespace: string },
): Promise<Error> {
  const { apiVersion, kind: kindName } = {
    apiVersion: `${kind.group}/${kind.type.version}`,
    kind: kind.kind,
  };
  if (!(await client.discovery.resourceFor(apiVersion, kindName, { signal })))
    return notServed(kind);
  const [where, all] = kind.type.namespaced
    ? [` in namespace '${namespace}'`, ' --all-namespaces']
    : ['', ''];
  return new Error(
    `${formatTarget({ kind, name })} not found${where}: see tenantry get ${shortName(kind)}${all}`,
  );
}

function notServed(kind: AnyKind): Error {
  return new Error(
    `the cluster does not know ${kind.plural}.${kind.group}: install with tenantry install --export`,
  );
}
