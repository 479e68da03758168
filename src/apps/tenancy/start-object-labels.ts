import { tenantObjectLabel } from '../../api/capsule/labels.ts';
import { labellerRole, tenancyName } from '../../api/install/tenancy.ts';
import { borrowRight } from '../../controllers/object-metadata/borrow-right.ts';
import {
  lastLabelled,
  relabelNamespace,
} from '../../controllers/object-metadata/relabel-namespace.ts';
import { tenantIn } from '../../controllers/tenant/namespace-index.ts';
import { namespaceType, serviceAccountType } from '../../kube/core-resources.ts';
import { startKeeper, type Keeper } from '../../runtime/keeper.ts';
import type { TenancyContext } from './tenancy-context.ts';

/**
 * Starts labelling what is in namespaces that come into a tenant, leave one or change to another. Which
 * did while nobody looked, is found by one list at the start.
 */
export function startObjectLabels({ runtime, client, namespaces, home }: TenancyContext): Keeper {
  const { caches, clock, log, signal } = runtime;
  const cache = caches.for(namespaceType);
  const moved = new Set<string>();
  const account = { namespace: home, name: tenancyName };
  const mayPatch = borrowRight({ client, clock, role: labellerRole(home), account });
  const relabel = relabelNamespace({ client, log, mayPatch });

  let before: Promise<void> | undefined;
  const lookBack = async () => {
    const fieldSelector = `metadata.name=${lastLabelled}`;
    const options = { fieldSelector, metadataOnly: true, signal };
    for (const { metadata } of (await client.list(serviceAccountType, options)).items) {
      const { namespace = '', labels = {} } = metadata;
      if ((labels[tenantObjectLabel] ?? '') !== namespaces.tenantOf(namespace))
        moved.add(namespace);
    }
  };
  const hasLookedBack = () =>
    (before ??= lookBack().catch((error: unknown) => {
      before = undefined;
      throw error;
    }));

  const keeper = startKeeper({
    name: 'object-labels',
    runtime,
    watch: () => cache,
    async keep({ metadata: { name, deletionTimestamp } }, ending) {
      await hasLookedBack();
      if (!moved.has(name) || deletionTimestamp !== undefined) return;
      const tenant = namespaces.tenantOf(name);
      await relabel(name, tenant, ending);
      if (namespaces.tenantOf(name) === tenant) moved.delete(name);
    },
  });
  keeper.open();
  cache.onChange(({ before: former, after }) => {
    if (!after) moved.delete(former?.metadata.name ?? '');
    else if (former && tenantIn(former) !== tenantIn(after)) {
      moved.add(after.metadata.name);
      keeper.wake(after.metadata);
    }
  });
  return keeper;
}
