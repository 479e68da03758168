import { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import { GlobalProxySettings } from '../../api/capsule/global-proxy-settings.ts';
import { ProxySetting } from '../../api/capsule/proxy-setting.ts';
import { TenantOwner } from '../../api/capsule/tenant-owner.ts';
import { createTenantDirectory } from '../../admission/tenant-directory.ts';
import { roleBindingType } from '../../controllers/shared/rbac-resources.ts';
import { indexNamespaces } from '../../controllers/tenant/namespace-index.ts';
import { namespaceType } from '../../kube/core-resources.ts';
import type { KubeObject } from '../../kube/object.ts';
import { createMayDo } from '../../proxy/caller/may-do.ts';
import { createServe } from '../../proxy/filter/create-serve.ts';
import { endStale } from '../../proxy/filter/end-stale.ts';
import { createWatchedScopes } from '../../proxy/filter/watched-scopes.ts';
import type { Readiness } from '../../proxy/forward/readiness.ts';
import type { Serve, Upstream } from '../../proxy/forward/upstream.ts';
import { createViews } from '../../proxy/view/create-views.ts';
import { createListRights } from '../../proxy/view/list-rights.ts';
import { createObserve } from '../../proxy/view/observe.ts';
import { createServedKinds } from '../../proxy/view/served-kinds.ts';
import type { ReadCache } from '../../runtime/cache/read-cache.ts';
import { identitiesOf } from '../tenancy/identities.ts';
import { tenancyReaders } from '../tenancy/tenancy-readers.ts';
import type { ProxyFlags } from './flags.ts';
import { hearKinds, hearRights } from './hear-rights.ts';
import { openProxyCaches, type ProxyCachesOptions } from './proxy-caches.ts';

const authorizerLagMs = 1_000;

/** Watches what decides who sees what, and serves by it. Resolves once it is known. */
export async function startView(
  options: ProxyCachesOptions & { upstream: Upstream; readiness: Readiness },
  flags: Pick<ProxyFlags, 'configurationName' | 'reflector' | 'gates'>,
): Promise<Serve> {
  const { client, clock, log, upstream, readiness } = options;
  const caches = await openProxyCaches(options, flags);
  const readers = tenancyReaders(caches, flags.configurationName);
  const tenants = createTenantDirectory(caches);
  const namespaces = caches.for(namespaceType);
  const kinds = createServedKinds(client, clock);
  const rights = createListRights(createMayDo(client, readiness), clock);
  const scopes = createWatchedScopes(clock, log);
  const identities = remembered(
    () => identitiesOf(readers, tenants, undefined),
    [CapsuleConfiguration.type, TenantOwner.type].map((type) => caches.for(type)),
  );
  const views = createViews({
    identities,
    tenants,
    proxySettings: caches.for(ProxySetting.type),
    globalProxySettings: caches.for(GlobalProxySettings.type),
    ...(flags.reflector && { reflectedBindings: caches.for(roleBindingType) }),
    areRulesAlone: flags.gates.ProxyClusterScoped,
  });
  const index = indexNamespaces(namespaces);
  const observe = createObserve({
    views,
    kinds,
    rights,
    namespaces: { list: () => namespaces.list(), of: index.of, tenantOf: index.tenantOf },
    client,
  });
  // The last to hear of a change: what it leads to is looked up in the indexes.
  caches.onChange(() => scopes.changed());
  const rightsChanged = (namespace: string | undefined) => {
    rights.invalidate(namespace);
    scopes.changed();
  };
  hearRights(options, (namespace) => {
    rightsChanged(namespace);
    // The API server's authorizer may hear of it later than we do.
    clock.after(authorizerLagMs, () => rightsChanged(namespace));
  });
  hearKinds(options, () => {
    kinds.invalidate();
    scopes.changed();
  });
  const { isCurrent } = caches;
  void endStale({ ...options, scopes, isCurrent });
  return createServe({ observe, upstream, scopes, kinds, client, readiness, isCurrent });
}

/** What is read once, and again when one of the caches has changed. */
function remembered<T>(read: () => T, caches: readonly ReadCache<KubeObject>[]): () => T {
  let known: { value: T } | undefined;
  for (const cache of caches) cache.onChange(() => (known = undefined));
  return () => (known ??= { value: read() }).value;
}
