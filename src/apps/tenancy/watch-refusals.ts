import { createRefusals, type Refusals } from '../../controllers/shared/quotas/refusals.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { ResourceType } from '../../kube/object.ts';
import { listWatch } from '../../kube/watch.ts';
import type { Runtime } from '../../runtime/runtime.ts';

const events: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};

/** Listens to what controllers of the cluster could not create; see {@link Refusals}. */
export function watchRefusals(client: KubeClient, { signal, log, clock }: Runtime): Refusals {
  const refusals = createRefusals(clock);
  const observations = listWatch({
    client,
    type: events,
    fieldSelector: 'reason=FailedCreate',
    // Only the last of each matters, and that is kept by `refusals`.
    reduce: ({ apiVersion, kind, metadata, ...event }) => ({
      apiVersion,
      kind,
      metadata,
      message: event['message'],
      lastTimestamp: event['lastTimestamp'],
      eventTime: event['eventTime'],
    }),
    signal,
    log,
    clock,
  });
  const follow = async () => {
    for await (const observation of observations) {
      if (observation.type === 'sync') for (const event of observation.items) refusals.note(event);
      if (observation.type === 'changed') refusals.note(observation.object);
    }
  };
  follow().catch((error: unknown) => {
    if (!signal.aborted) log.error('refusals are not heard of any more', error, {});
  });
  return refusals;
}
