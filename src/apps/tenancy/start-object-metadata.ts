import type { AdditionalMetadata } from '../../api/capsule/metadata.ts';
import { Tenant, type TenantSpec } from '../../api/capsule/tenant.ts';
import { keepMetadata } from '../../controllers/object-metadata/keep-metadata.ts';
import type { ResourceType } from '../../kube/object.ts';
import { createCaches } from '../../runtime/cache/create-caches.ts';
import { startKeeper, type Keeper } from '../../runtime/keeper.ts';
import { onWish } from './on-wish.ts';
import type { TenancyContext } from './tenancy-context.ts';

/** A kind whose objects get metadata of their tenant, and where the Tenant says which. */
interface Kept {
  name: string;
  type: ResourceType;
  wantedBy(spec: TenantSpec): AdditionalMetadata | undefined;
}

const ofServices = ({ serviceOptions }: TenantSpec) => serviceOptions?.additionalMetadata;
const kept: readonly Kept[] = [
  {
    name: 'pod-metadata',
    type: { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true },
    wantedBy: ({ podOptions }) => podOptions?.additionalMetadata,
  },
  {
    name: 'service-metadata',
    type: { group: '', version: 'v1', kind: 'Service', plural: 'services', namespaced: true },
    wantedBy: ofServices,
  },
  {
    name: 'endpoint-slice-metadata',
    type: {
      group: 'discovery.k8s.io',
      version: 'v1',
      kind: 'EndpointSlice',
      plural: 'endpointslices',
      namespaced: true,
    },
    wantedBy: ofServices,
  },
];

/** Starts putting tenants' metadata on their Pods, Services and EndpointSlices. */
export function startObjectMetadata(context: TenancyContext): Keeper[] {
  return kept.map((each) => startKept(each, context));
}

/** Objects of the kind are watched, by their metadata, once a Tenant wants something on them. */
function startKept({ name, type, wantedBy }: Kept, context: TenancyContext): Keeper {
  const { runtime, client, namespaces } = context;
  const { caches, signal, log, clock } = runtime;
  const wantedOf = (tenant: string) => {
    const found = context.tenant(tenant);
    return found && wantedBy(found.spec);
  };
  const keeper = startKeeper({
    name,
    runtime,
    watch: () => createCaches({ client, signal, log, clock, metadataOnly: true }).for(type),
    keep: keepMetadata({
      client,
      type,
      wantedIn: (namespace) => wantedOf(namespaces.tenantOf(namespace)),
    }),
  });
  const look = (tenant: string) => {
    if (!wantedOf(tenant)) return;
    keeper.open();
    for (const { metadata } of namespaces.of(tenant)) {
      for (const object of keeper.list(metadata.name)) keeper.wake(object.metadata);
    }
  };
  for (const { metadata } of caches.for(Tenant.type).list()) look(metadata.name);
  onWish(caches, Tenant.type, ({ after }) => {
    if (after) look(after.metadata.name);
  });
  namespaces.onChange(look);
  return keeper;
}
