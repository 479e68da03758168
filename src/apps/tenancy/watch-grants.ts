import { isDeepStrictEqual } from 'node:util';
import { protectedLabelKeys } from '../../access/protected-labels.ts';
import type { StoredAccessFrom } from '../../access/source-acl.ts';
import { grantingKinds } from '../../api/kinds.ts';
import { isRecord } from '../../base/json.ts';
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
  const grants = () => types.flatMap((type) => caches.for(type).list().map(grantOf));
  return {
    protectedLabels: () => protectedLabelKeys(grants()),
    onChange(listener) {
      for (const type of types) {
        caches.for(type).onChange(({ before, after }) => {
          if (!isDeepStrictEqual(grantOf(before), grantOf(after))) listener();
        });
      }
    },
  };
}

function grantOf(source: KubeObject | undefined): StoredAccessFrom | undefined {
  const spec = source?.['spec'];
  const grant = isRecord(spec) ? spec['accessFrom'] : undefined;
  // As it was stored; any part may be missing.
  return isRecord(grant) ? grant : undefined;
}
