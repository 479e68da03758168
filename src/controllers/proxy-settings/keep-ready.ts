import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../base/clock.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { Condition, KubeObject, ResourceType } from '../../kube/object.ts';
import { mergeConditions, type ConditionFact } from '../../runtime/conditions.ts';

export interface KeepReadyOptions {
  client: Pick<KubeClient, 'patch'>;
  clock: Clock;
  type: ResourceType;
  judge(object: KubeObject): ConditionFact;
}

/**
 * Makes a function that says of objects that others act by whether they mean something. Without a
 * finalizer: a namespace can go while no process of ours runs.
 */
export function keepReady({ client, clock, type, judge }: KeepReadyOptions) {
  return async (object: KubeObject, signal: AbortSignal): Promise<void> => {
    const { name, namespace, generation = 1, deletionTimestamp, uid = '' } = object.metadata;
    if (deletionTimestamp !== undefined) return;
    const { conditions = [], observedGeneration } = (object['status'] ?? {}) as {
      conditions?: Condition[];
      observedGeneration?: number;
    };
    const wanted = mergeConditions(conditions, [judge(object)], [], {
      now: clock.now(),
      generation,
    });
    if (observedGeneration === generation && isDeepStrictEqual(conditions, wanted)) return;
    const status = { observedGeneration: generation, conditions: wanted };
    await client.patch(
      type,
      { name, ...(namespace !== undefined && { namespace }) },
      // The precondition is JSON by its making.
      { type: 'merge', body: JSON.parse(JSON.stringify({ metadata: { uid }, status })) },
      { subresource: 'status', fieldManager: 'projectcapsule.dev/proxy-settings', signal },
    );
  };
}
