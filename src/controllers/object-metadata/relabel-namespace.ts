import { managedTenantLabel, tenantObjectLabel } from '../../api/capsule/labels.ts';
import type { Log } from '../../base/log.ts';
import { KubeApiError, isConflict, isNotFound } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { serviceAccountType } from '../../kube/core-resources.ts';
import { keyOf, type KubeObject, type ResourceType } from '../../kube/object.ts';
import { namespacedKinds } from './namespaced-kinds.ts';

/** Each namespace has this account. It is labelled last: by it one knows whether the rest has been. */
export const lastLabelled = 'default';

const fieldManager = 'projectcapsule.dev/metadata';

export interface RelabelDeps {
  client: KubeClient;
  log: Log;
  /** Takes the right to change what is in the namespace, until it is disposed of. */
  mayPatch(namespace: string, signal: AbortSignal): Promise<AsyncDisposable>;
}

/**
 * Makes a function that labels what is in a namespace with the tenant that it belongs to now, as the API
 * server labels whatever is written there; or takes the labels off, for no tenant (`''`). What an
 * admission webhook does not let pass is told, and has its label from its next change on.
 */
export function relabelNamespace({ client, log, mayPatch }: RelabelDeps) {
  const label = (type: ResourceType, object: KubeObject, tenant: string, signal: AbortSignal) =>
    client.patch(type, keyOf(object), patchOf(object, tenant), { fieldManager, signal });

  const labelAny: typeof label = async (type, object, tenant, signal) => {
    try {
      return await label(type, object, tenant, signal);
    } catch (error) {
      if (isNotFound(error) || isConflict(error)) return object;
      if (!(error instanceof KubeApiError) || error.code >= 429) throw error;
      const { namespace, name } = object.metadata;
      log.info('not labelled', { kind: type.kind, namespace, name, code: error.code });
      return object;
    }
  };

  const labelLast = async (namespace: string, tenant: string, options: LabelLastOptions) => {
    const metadata = { name: lastLabelled, namespace };
    const last = { apiVersion: 'v1', kind: 'ServiceAccount', metadata };
    const patch = patchOf(last, tenant);
    const whole = { fieldManager, ...options };
    const labelled = await client.patch(serviceAccountType, metadata, patch, whole).catch(retried);
    if ((labelled.metadata.labels?.[tenantObjectLabel] ?? '') !== tenant) {
      throw new Error(`the API server does not know yet whose the namespace '${namespace}' is`);
    }
  };

  return async (namespace: string, tenant: string, signal: AbortSignal): Promise<void> => {
    // It labels by what it knows of the namespace, which may be from before the change.
    await labelLast(namespace, tenant, { dryRun: true, signal });
    {
      await using _right = await mayPatch(namespace, signal);
      for (const type of await namespacedKinds(client, signal)) {
        for (const object of await labelledOtherwise(type, { namespace, tenant, client, signal })) {
          if (!isLast(type, object)) await labelAny(type, object, tenant, signal);
        }
      }
    }
    await labelLast(namespace, tenant, { signal });
  };
}

interface LabelLastOptions {
  dryRun?: boolean;
  signal: AbortSignal;
}

/** The account comes a moment after its namespace: that it is missing, or another, is not the end of it. */
function retried(error: unknown): never {
  if (!isNotFound(error) && !isConflict(error)) throw error;
  throw new Error(`the ServiceAccount '${lastLabelled}' is not there yet`, { cause: error });
}

/** Objects that bear another tenant's label than they should, or none. */
async function labelledOtherwise(
  type: ResourceType,
  where: { namespace: string; tenant: string; client: KubeClient; signal: AbortSignal },
): Promise<KubeObject[]> {
  const { namespace, tenant, client, signal } = where;
  const labelSelector =
    tenant === '' ? tenantObjectLabel : `${tenantObjectLabel} notin (${tenant})`;
  try {
    const options = { namespace, labelSelector, metadataOnly: true, signal };
    return (await client.list(type, options)).items;
  } catch (error) {
    // Kinds that are not stored cannot be listed.
    if (error instanceof KubeApiError && [404, 405].includes(error.code)) return [];
    throw error;
  }
}

const isLast = ({ kind }: ResourceType, { metadata }: KubeObject) =>
  kind === 'ServiceAccount' && metadata.name === lastLabelled;

function patchOf({ metadata: { uid } }: KubeObject, tenant: string) {
  const value = tenant === '' ? null : tenant;
  const labels = { [tenantObjectLabel]: value, [managedTenantLabel]: value };
  return {
    type: 'merge',
    body: { metadata: { ...(uid !== undefined && { uid }), labels } },
  } as const;
}
