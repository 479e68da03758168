import type { KubeClient } from '../../kube/client.ts';
import { acceptDiscovery, parseDiscovery } from '../../kube/discovery-document.ts';
import type { ResourceType } from '../../kube/object.ts';

/** Renewed all the time, gone within the hour, or views of what is stored elsewhere. */
const passing = new Set([
  'leases.coordination.k8s.io',
  'events.',
  'events.events.k8s.io',
  'endpoints.',
]);

/** Kinds that have objects in namespaces, each in the version that the API server prefers. */
export async function namespacedKinds(
  client: Pick<KubeClient, 'raw'>,
  signal: AbortSignal,
): Promise<ResourceType[]> {
  const kinds = new Map<string, ResourceType>();
  for (const path of ['/api', '/apis']) {
    const document = await client.raw({ method: 'GET', path, accept: acceptDiscovery, signal });
    for (const type of parseDiscovery(document).types) {
      const id = `${type.plural}.${type.group}`;
      if (type.namespaced && !passing.has(id) && !kinds.has(id)) kinds.set(id, type);
    }
  }
  return [...kinds.values()];
}
