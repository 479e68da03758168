import { isDeepStrictEqual } from 'node:util';
import { protectedLabelKeys, type PlacedGrant } from '../../access/protected-labels.ts';
import type { StoredAccessFrom } from '../../access/source-acl.ts';
import { tenantLabel } from '../../access/tenancy/vocabulary.ts';
import { grantingKinds } from '../../api/kinds.ts';
import { isRecord } from '../../base/json.ts';
import { namespaceType } from '../../kube/core-resources.ts';
import { apiVersionOf, type KubeObject } from '../../kube/object.ts';
import type { Runtime } from '../../runtime/runtime.ts';

/** Which labels of namespaces decide who may use a source. */
export interface Grants {
  protectedLabels(): string[];
  /** Called when a grant has changed. */
  onChange(listener: () => void): void;
}

/**
 * Watches what sources are shared with; resolves once those kinds are known that the cluster serves.
 * One that it does not serve shares nothing; its CRD may come later.
 */
export async function watchGrants({
  client,
  caches,
  signal,
}: Pick<Runtime, 'client' | 'caches' | 'signal'>): Promise<Grants> {
  const types = grantingKinds.map(({ type }) => type);
  await Promise.all(
    types.map(async (type) => {
      const cache = caches.for(type);
      const served = await client.discovery.resourceFor(apiVersionOf(type), type.kind, { signal });
      if (served) await cache.synced(signal);
    }),
  );
  const namespaces = caches.for(namespaceType);
  const placed = (source: KubeObject): PlacedGrant => ({
    grant: grantOf(source),
    tenant: tenantOf(namespaces.get({ name: source.metadata.namespace ?? '' })),
  });
  const grants = () => types.flatMap((type) => caches.for(type).list().map(placed));
  const grantsIn = (namespace: string | undefined) =>
    types
      .flatMap((type) => caches.for(type).list())
      .some((source) => source.metadata.namespace === namespace && grantOf(source) !== undefined);
  return {
    protectedLabels: () => protectedLabelKeys(grants()),
    onChange(listener) {
      namespaces.onChange(({ before, after }) => {
        const isMoved = tenantOf(before) !== tenantOf(after);
        if (isMoved && grantsIn((after ?? before)?.metadata.name)) listener();
      });
      for (const type of types) {
        caches.for(type).onChange(({ before, after }) => {
          if (!isDeepStrictEqual(grantOf(before), grantOf(after))) listener();
        });
      }
    },
  };
}

const tenantOf = (namespace: KubeObject | undefined) =>
  namespace?.metadata.labels?.[tenantLabel] ?? '';

function grantOf(source: KubeObject | undefined): StoredAccessFrom | undefined {
  const spec = source?.['spec'];
  const grant = isRecord(spec) ? spec['accessFrom'] : undefined;
  // As it was stored; any part may be missing.
  return isRecord(grant) ? grant : undefined;
}
