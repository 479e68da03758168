import { compileQuota } from '../../access/quotas/custom/compile-quota.ts';
import {
  countedNamespaces,
  isCountedNamespace,
  sparedNamespaces,
} from '../../access/quotas/custom/counted-namespaces.ts';
import type { HeldQuota } from '../../access/quotas/custom/held-quota.ts';
import { CustomQuota } from '../../api/capsule/custom-quota.ts';
import { GlobalCustomQuota } from '../../api/capsule/global-custom-quota.ts';
import { namespaceType } from '../../kube/core-resources.ts';
import type { KubeObject, ResourceType } from '../../kube/object.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';
import { readerOf } from './tenancy-readers.ts';

/** Finds the custom quotas that requests in a namespace are held against, each compiled once. */
export function heldQuotas(
  caches: Caches,
  home: string,
): (namespace: string | undefined) => HeldQuota[] {
  const own = readerOf(caches, compiled(CustomQuota));
  const global = readerOf(caches, compiled(GlobalCustomQuota));
  const namespaces = caches.for<KubeObject>(namespaceType);
  return (name) => {
    const namespace = name === undefined ? undefined : namespaces.get({ name });
    const known = namespace ? [namespace] : [];
    const spared = sparedNamespaces(known, home);
    const isSelected = ({ quota: { spec } }: { quota: GlobalCustomQuota }) => {
      const counted = countedNamespaces(spec.namespaceSelectors, known, home);
      return isCountedNamespace(new Set(counted), spared)(name);
    };
    return [
      ...global
        .list()
        .filter(isSelected)
        .map((held) => ({
          ...held,
          kind: 'GlobalCustomQuota' as const,
          ledger: { namespace: home, name: held.quota.metadata.name },
        })),
      ...(name === undefined ? [] : own.list(name)).map((held) => ({
        ...held,
        kind: 'CustomQuota' as const,
        ledger: { namespace: name ?? '', name: held.quota.metadata.name },
      })),
    ].filter(({ quota }) => quota.metadata.deletionTimestamp === undefined);
  };
}

function compiled<T extends CustomQuota | GlobalCustomQuota>(kind: {
  type: ResourceType;
  decode(object: KubeObject): T;
}) {
  return {
    type: kind.type,
    decode(object: KubeObject) {
      const quota = kind.decode(object);
      return { quota, compiled: compileQuota(quota.spec).quota };
    },
  };
}
