import { namespaceType } from '../../kube/core-resources.ts';
import { keepHold } from '../../controllers/identity-hold/keep-hold.ts';
import { startKeeper, type Keeper } from '../../runtime/keeper.ts';
import type { TenancyContext } from './tenancy-context.ts';

/** Starts keeping the accounts by which something deploys until it is gone. */
export function startIdentityHold(context: TenancyContext): Keeper {
  const { runtime, client, deployers, namespaces } = context;
  const { clock } = runtime;
  const keeper = startKeeper({
    name: 'identity-hold',
    runtime,
    watch: () => runtime.caches.for(namespaceType),
    keep: keepHold({ client, clock, deployers, tenantOf: namespaces.tenantOf }),
  });
  keeper.open();
  deployers.onChange((name) => keeper.wake({ name }));
  return keeper;
}
