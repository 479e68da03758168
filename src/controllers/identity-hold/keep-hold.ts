import { holdLabel } from '../../access/identities/policies.ts';
import type { Clock } from '../../base/clock.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import { namespaceType } from '../../kube/core-resources.ts';
import type { Deployers } from '../shared/deployers.ts';
import { decideHold } from './decide-hold.ts';

const fieldManager = 'tenantry.dev/identity-hold';

export interface HoldDeps {
  client: KubeClient;
  clock: Clock;
  deployers: Deployers;
  tenantOf(namespace: string): string;
}

/**
 * Makes a function that labels a namespace in which something deploys, so that the API server keeps
 * the accounts it deploys by (see src/access/identities), and takes the label off when nothing does.
 */
export function keepHold({ client, clock, deployers, tenantOf }: HoldDeps) {
  return async ({ metadata }: KubeObject, signal: AbortSignal): Promise<number | undefined> => {
    const { name, uid, labels = {} } = metadata;
    const { isHeld, againMs } = decideHold({
      metadata,
      hasDeployers: deployers.in(name).length > 0,
      tenant: tenantOf(name),
      now: clock.now(),
    });
    const wanted = isHeld ? 'true' : undefined;
    if (labels[holdLabel] !== wanted) {
      const body = { metadata: { uid, labels: { [holdLabel]: wanted ?? null } } };
      const patch = { type: 'merge', body } as const;
      await client.patch(namespaceType, { name }, patch, { fieldManager, signal });
    }
    return againMs;
  };
}
