import { isAllowed, type ResourceAttributes } from '../../src/kube/access-review.ts';
import type { OwnClient } from '../../src/kube/client.ts';
import type { Identity } from '../../src/kube/identity.ts';
import { eventually } from './eventually.ts';

/** Waits until somebody may do something: the API server hears of roles a moment after they are written. */
export async function untilAllowed(
  admin: OwnClient,
  identity: Identity,
  attributes: ResourceAttributes,
): Promise<void> {
  const { verb, resource, namespace = 'all namespaces' } = attributes;
  await eventually(`${identity.user} may ${verb} ${resource} in ${namespace}`, () =>
    isAllowed(admin.as(identity), attributes),
  );
}

/** Waits until somebody may no longer do something, as {@link untilAllowed}. */
export async function untilRefused(
  admin: OwnClient,
  identity: Identity,
  attributes: ResourceAttributes,
): Promise<void> {
  const { verb, resource, namespace = 'all namespaces' } = attributes;
  await eventually(`${identity.user} may not ${verb} ${resource} in ${namespace}`, async () => {
    return !(await isAllowed(admin.as(identity), attributes));
  });
}
