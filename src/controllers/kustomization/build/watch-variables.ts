import { Kustomization } from '../../../api/kustomize/kustomization.ts';
import type { Clock } from '../../../base/clock.ts';
import type { Log } from '../../../base/log.ts';
import type { KubeClient } from '../../../kube/client.ts';
import { keyOf, type KubeObject, type ObjectKey, type ResourceType } from '../../../kube/object.ts';
import { listWatch } from '../../../kube/watch.ts';
import type { Caches } from '../../../runtime/cache/read-cache.ts';
import { secretType } from '../../shared/core-resources.ts';
import { configMapType } from './variables.ts';

export interface VariablesWatchOptions {
  client: KubeClient;
  caches: Caches;
  /** `--watch-configs-label-selector`; empty: all of them. */
  labelSelector: string;
  signal: AbortSignal;
  clock: Clock;
  log: Log;
  /** Has a Kustomization looked at again. */
  wake(key: ObjectKey): void;
}

interface WithVariables extends KubeObject {
  spec?: {
    postBuild?: { substituteFrom?: { kind: string; name: string }[] };
    decryption?: { secretRef?: { name: string } };
  };
}

/**
 * Wakes the Kustomizations that take variables, or keys to decrypt with, from a ConfigMap or Secret
 * with the labels when it changes; others are read at the interval. Sees metadata only. Secrets take
 * a right that is not granted by default.
 */
export function watchVariables(options: VariablesWatchOptions): void {
  for (const type of [configMapType, secretType]) void follow(type, options);
}

async function follow(type: ResourceType, options: VariablesWatchOptions): Promise<void> {
  const { client, labelSelector, signal, clock, log } = options;
  const observations = listWatch({
    client,
    type,
    ...(labelSelector === '' ? {} : { labelSelector }),
    metadataOnly: true,
    signal,
    clock,
    log,
  });
  for await (const observation of observations) {
    // What the first list holds, every Kustomization reads in its first run.
    if (observation.type === 'changed' || observation.type === 'removed') {
      wakeReferrers(type, keyOf(observation.object), options);
    }
  }
}

function wakeReferrers(
  { kind }: ResourceType,
  { namespace, name }: ObjectKey,
  { caches, wake }: VariablesWatchOptions,
): void {
  for (const object of caches.for<WithVariables>(Kustomization.type).list(namespace)) {
    const { postBuild, decryption } = object.spec ?? {};
    const references = [
      ...(postBuild?.substituteFrom ?? []),
      ...(decryption?.secretRef ? [{ kind: 'Secret', ...decryption.secretRef }] : []),
    ];
    if (references.some((one) => one.kind === kind && one.name === name)) wake(keyOf(object));
  }
}
