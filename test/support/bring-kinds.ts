import type { KubeClient } from '../../src/kube/client.ts';
import { createClient } from '../../src/kube/connect.ts';
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { clusterContext, type KubectlOptions } from './cluster.ts';
import { eventually } from './eventually.ts';
import { applyAll } from './install.ts';

/** Applies CustomResourceDefinitions, and waits until what they define is found and served. */
export async function bringKinds(
  definitions: readonly KubeObject[],
  { cluster = clusterContext() }: Pick<KubectlOptions, 'cluster'> = {},
): Promise<void> {
  await using admin = createClient({
    cluster: await loadKubeconfig({ paths: [cluster.kubeconfig] }),
  });
  await applyAll(admin, definitions);
  await eventually('the kinds are served', async () => {
    admin.discovery.invalidate();
    const served = definitions.flatMap(versionsOf).map((version) => isServed(admin, version));
    return (await Promise.all(served)).every(Boolean);
  });
}

/** What one version of a kind is known as. */
interface Version {
  apiVersion: string;
  kind: string;
}

function versionsOf(definition: KubeObject): Version[] {
  const { group, names, versions } = definition['spec'] as {
    group: string;
    names: { kind: string };
    versions: { name: string; served: boolean }[];
  };
  return versions
    .filter(({ served }) => served)
    .map(({ name }) => ({ apiVersion: `${group}/${name}`, kind: names.kind }));
}

async function isServed(client: KubeClient, { apiVersion, kind }: Version): Promise<boolean> {
  const type = await client.discovery.resourceFor(apiVersion, kind);
  if (!type) return false;
  await client.list(type, { limit: 1 });
  return true;
}
