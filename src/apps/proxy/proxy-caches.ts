import { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import { GlobalProxySettings } from '../../api/capsule/global-proxy-settings.ts';
import { ProxySetting } from '../../api/capsule/proxy-setting.ts';
import { TenantOwner } from '../../api/capsule/tenant-owner.ts';
import { Tenant } from '../../api/capsule/tenant.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { roleBindingType } from '../../controllers/shared/rbac-resources.ts';
import type { KubeClient } from '../../kube/client.ts';
import { namespaceType } from '../../kube/core-resources.ts';
import { apiVersionOf, type ResourceType } from '../../kube/object.ts';
import { reflectionLabel } from '../../proxy/view/reflected.ts';
import { createCaches, type LiveCaches } from '../../runtime/cache/create-caches.ts';

export interface ProxyCachesOptions {
  client: KubeClient;
  signal: AbortSignal;
  clock: Clock;
  log: Log;
}

/** Where they are not installed, they say nothing: a manager may be older, or come later. */
const ofTenancy = [
  Tenant.type,
  CapsuleConfiguration.type,
  TenantOwner.type,
  ProxySetting.type,
  GlobalProxySettings.type,
];

/** How old what is known may be before nothing more is shown by it. */
const maxStaleMs = 30_000;

/** The objects that say who sees what. */
export interface ProxyCaches extends Pick<LiveCaches, 'for'> {
  /** False while the cluster cannot be watched: what is known may have been withdrawn. */
  isCurrent(): boolean;
  /** Calls back when any of them changes. */
  onChange(listener: () => void): void;
}

/** Watches them; resolves once all are known. */
export async function openProxyCaches(
  options: ProxyCachesOptions,
  { reflector }: { reflector: boolean },
): Promise<ProxyCaches> {
  const { client, signal } = options;
  const whole = createCaches(options);
  const metadata = createCaches({ ...options, metadataOnly: true });
  const labelled = createCaches({ ...options, selectorFor: () => `${reflectionLabel}=true` });
  const cacheFor = (type: ResourceType) => {
    if (type === namespaceType) return metadata.for(type);
    return type === roleBindingType ? labelled.for(type) : whole.for(type);
  };
  const types = [...ofTenancy, namespaceType, ...(reflector ? [roleBindingType] : [])];
  const isServed = async (type: ResourceType) =>
    (await client.discovery.resourceFor(apiVersionOf(type), type.kind, { signal })) !== undefined;
  const ready = types.map(async (type) => {
    const cache = cacheFor(type);
    if (await isServed(type)) await cache.synced(signal);
    return cache;
  });
  const caches = await Promise.all(ready);
  return {
    // The kind of object is the caller's claim, as with all caches.
    for: (type) => cacheFor(type) as never,
    isCurrent: () => caches.every((cache) => !cache.isSynced || cache.staleForMs <= maxStaleMs),
    onChange(listener) {
      for (const cache of caches) cache.onChange(listener);
    },
  };
}
