import { tenantLabel } from '../../src/access/tenancy/vocabulary.ts';
import { installManifests } from '../../src/api/install/manifests.ts';
import { defaultInstallOptions, type InstallOptions } from '../../src/api/install/options.ts';
import { kinds } from '../../src/api/kinds.ts';
import type { Plane } from '../../src/engines/plane/plane.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { namespaceType } from '../../src/kube/core-resources.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { home } from './estate-objects.ts';
import { eventually } from './eventually.ts';
import { onceKindsAreKnown } from './kinds-known.ts';

/** Applies objects in order, as `kubectl apply --server-side` would. */
export async function applyAll(client: KubeClient, objects: readonly KubeObject[]): Promise<void> {
  for (const object of objects) {
    const type = await client.discovery.resourceFor(object.apiVersion, object.kind);
    if (!type) throw new Error(`${object.apiVersion} ${object.kind} is not served by this cluster`);
    const apply = () => client.apply(type, object, { fieldManager: 'kubectl', force: true });
    const refusal = await onceKindsAreKnown(
      () =>
        apply().then(
          () => undefined,
          (error: unknown) => error,
        ),
      String,
    );
    if (refusal !== undefined) throw refusal;
  }
}

/** Deletes objects, as `kubectl delete` would. */
export async function deleteAll(client: KubeClient, objects: readonly KubeObject[]): Promise<void> {
  for (const { apiVersion, kind, metadata } of objects) {
    const type = await client.discovery.resourceFor(apiVersion, kind);
    if (type) await client.delete(type, metadata);
  }
}

/** What `tenantry install` exports, but the Deployment: the manager runs outside the cluster. */
export async function install(
  client: KubeClient,
  options: Partial<InstallOptions> = {},
): Promise<void> {
  const manifests = installManifests({ ...defaultInstallOptions, ...options });
  const [crds, rest] = [
    manifests.filter(({ kind }) => kind === 'CustomResourceDefinition'),
    manifests.filter(({ kind }) => !['CustomResourceDefinition', 'Deployment'].includes(kind)),
  ];
  await applyAll(client, crds);
  await applyAll(client, rest);
  await eventually('our kinds are served', async () => {
    client.discovery.invalidate();
    const served = await Promise.all(
      kinds.map(({ type }) => client.list(type, { limit: 1 }).catch(() => undefined)),
    );
    return served.every(Boolean) ? true : undefined;
  });
  await untilPoliciesKnowKinds(client);
}

/**
 * An API server that starts with policies from before knows the kinds they look up after half a minute at
 * most, and refuses all changes in namespaces of tenants until then. Fresh ones have no such namespaces.
 */
async function untilPoliciesKnowKinds(client: KubeClient): Promise<void> {
  const { items } = await client.list(namespaceType, { labelSelector: tenantLabel, limit: 1 });
  const [ofTenant] = items;
  if (!ofTenant) return;
  const body = { metadata: { annotations: { 'example.com/looked-at': 'true' } } };
  const patch = { type: 'merge', body } as const;
  await eventually('policies know our kinds', async () => {
    await client.patch(namespaceType, ofTenant.metadata, patch, { dryRun: true });
    return true;
  });
}

/** A kubeconfig with the rights of an exported account, the manager's by default, and no others. */
export function managerKubeconfig(plane: Plane, account = 'tenantry'): Promise<string> {
  return plane.clientKubeconfig({
    commonName: `system:serviceaccount:${home}:${account}`,
    organizations: ['system:serviceaccounts', `system:serviceaccounts:${home}`],
  });
}
