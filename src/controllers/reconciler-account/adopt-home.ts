import { Tenant } from '../../api/capsule/tenant.ts';
import { isTenantReference } from '../../access/namespaces/facts.ts';
import { namespaceType } from '../../kube/core-resources.ts';
import type { KubeClient } from '../../kube/client.ts';
import { apiVersionOf, type KubeObject } from '../../kube/object.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';
import type { Account } from './names.ts';

export interface AdoptHomeDeps {
  client: KubeClient;
  /** Hold Namespaces and Tenants. */
  caches: Caches;
  fieldManager: string;
}

/**
 * Makes a function that gives an account's namespace the owner reference of its tenant, as
 * capsule-addon-fluxcd does: from then on it is part of the tenant, and goes with it. A namespace that
 * is a tenant's already is left alone.
 */
export function adoptHome({ client, caches, fieldManager }: AdoptHomeDeps) {
  return async ({ namespace }: Account, owner: string, signal: AbortSignal): Promise<void> => {
    const home = caches.for<KubeObject>(namespaceType).get({ name: namespace });
    const { uid } = caches.for<KubeObject>(Tenant.type).get({ name: owner })?.metadata ?? {};
    const references = home?.metadata.ownerReferences ?? [];
    if (!home || uid === undefined || references.some(isTenantReference)) return;
    const reference = {
      apiVersion: apiVersionOf(Tenant.type),
      kind: Tenant.kind,
      name: owner,
      uid,
      controller: true,
      blockOwnerDeletion: true,
    };
    const { name, uid: homeUid } = home.metadata;
    const wanted = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, ...(homeUid && { uid: homeUid }), ownerReferences: [reference] },
    };
    await client.apply(namespaceType, wanted, { fieldManager, force: true, signal });
  };
}
