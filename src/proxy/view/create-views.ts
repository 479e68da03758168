import type { ClusterResource } from '../../api/capsule/cluster-resource.ts';
import { GlobalProxySettings } from '../../api/capsule/global-proxy-settings.ts';
import type { ProxyOperations } from '../../api/capsule/owner.ts';
import { ProxySetting } from '../../api/capsule/proxy-setting.ts';
import type { Tenant } from '../../api/capsule/tenant.ts';
import {
  identityClass,
  isOneOf,
  type IdentityDirectory,
  type Requester,
} from '../../access/tenancy/identity-class.ts';
import { ownerKindOf } from '../../api/capsule/owner.ts';
import type { Caller } from '../caller/caller.ts';
import type { CallerView, SeenTenant } from './caller-view.ts';
import { reflectedNamespace } from './reflected.ts';
import { indexSubjects, type Watched } from './subject-index.ts';

/** What the watches know of tenancy. */
export interface ViewSources {
  identities(): IdentityDirectory;
  tenants: {
    get(name: string): Tenant | undefined;
    ownedBy(sender: Requester): Tenant[];
    tenantsOf(namespace: string): string[];
  };
  proxySettings: Watched;
  globalProxySettings: Watched;
  /** RoleBindings that let their subjects see the namespace; absent: there is no such way. */
  reflectedBindings?: Watched;
  /** Classes, nodes and volumes are shown by rules alone (`ProxyClusterScoped`). */
  areRulesAlone?: boolean;
}

/** Something that gives more than the caller's own tenants do. */
interface Setting {
  namespace: string;
  operations: readonly ProxyOperations[];
  clusterResources: readonly ClusterResource[];
}

/** Makes a function that tells what a caller may see at the moment. */
export function createViews(sources: ViewSources): (caller: Caller) => CallerView {
  const settings = indexSubjects<Setting>(sources.proxySettings, (object) =>
    ProxySetting.decode(object).spec.subjects.map((subject) => ({
      subjects: [subject],
      given: {
        namespace: object.metadata.namespace ?? '',
        operations: subject.proxySettings ?? [],
        clusterResources: subject.clusterResources ?? [],
      },
    })),
  );
  const globals = indexSubjects<readonly ClusterResource[]>(sources.globalProxySettings, (object) =>
    GlobalProxySettings.decode(object).spec.rules.map(({ subjects, clusterResources = [] }) => ({
      subjects,
      given: clusterResources,
    })),
  );
  const reflected =
    sources.reflectedBindings &&
    indexSubjects<string>(sources.reflectedBindings, reflectedNamespace);

  return ({ user, groups }) => {
    const sender = { username: user, groups };
    if (identityClass(sender, sources.identities()) !== 'capsule') return nobody;
    // In a namespace that has left its tenant, a setting means nothing.
    const inForce = settings.of(sender).flatMap((setting) => {
      const [tenant] = sources.tenants.tenantsOf(setting.namespace);
      return tenant === undefined ? [] : [{ ...setting, tenant }];
    });
    const seen = new Map<string, SeenTenant>();
    for (const tenant of sources.tenants.ownedBy(sender)) {
      see(seen, tenant, { isOwned: true, operations: operationsOfOwner(tenant, sender) });
    }
    for (const { tenant: name, operations } of inForce) {
      const tenant = sources.tenants.get(name);
      if (tenant) see(seen, tenant, { isOwned: false, operations });
    }
    const tenants = [...seen.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return {
      isTenantUser: true,
      tenants: sources.areRulesAlone
        ? tenants.map((tenant) => ({ ...tenant, operations: {} }))
        : tenants,
      reflected: [...new Set(reflected?.of(sender) ?? [])].sort(),
      clusterResources: [
        ...inForce.flatMap(({ clusterResources }) => clusterResources),
        ...globals.of(sender).flat(),
      ],
    };
  };
}

const nobody: CallerView = {
  isTenantUser: false,
  tenants: [],
  reflected: [],
  clusterResources: [],
};

/** What a Tenant grants its owners, of those entries that name the sender. */
function operationsOfOwner({ spec }: Tenant, sender: Requester): readonly ProxyOperations[] {
  return (spec.owners ?? [])
    .filter(({ kind, name }) => isOneOf(sender, [{ kind: kind ?? ownerKindOf(name), name }]))
    .flatMap(({ proxySettings = [] }) => proxySettings);
}

function see(
  seen: Map<string, SeenTenant>,
  { metadata: { name }, spec }: Tenant,
  given: { isOwned: boolean; operations: readonly ProxyOperations[] },
): void {
  const before = seen.get(name);
  const operations = { ...before?.operations };
  for (const { kind, operations: more } of given.operations) {
    operations[kind] = [...new Set([...(operations[kind] ?? []), ...more])].sort();
  }
  seen.set(name, { name, spec, isOwned: given.isOwned || before?.isOwned === true, operations });
}
