import {
  claimNamespaceOf,
  keepTenantLabel,
  persistentVolumeType,
} from '../../controllers/persistent-volume/keep-tenant-label.ts';
import { startKeeper, type Keeper } from '../../runtime/keeper.ts';
import type { TenancyContext } from './tenancy-context.ts';

/** Starts labelling PersistentVolumes with the tenants that claimed them. */
export function startPersistentVolumes({ runtime, client, namespaces }: TenancyContext): Keeper {
  const keeper = startKeeper({
    name: 'persistent-volume',
    runtime,
    watch: () => runtime.caches.for(persistentVolumeType),
    keep: keepTenantLabel(client, namespaces.tenantOf),
  });
  keeper.open();
  namespaces.onChange((tenant) => {
    for (const volume of keeper.list()) {
      const namespace = claimNamespaceOf(volume) ?? '';
      if (namespaces.tenantOf(namespace) === tenant) keeper.wake(volume.metadata);
    }
  });
  return keeper;
}
