import { Kustomization } from '../../../api/kustomize/kustomization.ts';
import type { Clock } from '../../../base/clock.ts';
import type { Log } from '../../../base/log.ts';
import type { KubeClient } from '../../../kube/client.ts';
import { keyOf, type KubeObject, type ObjectKey, type ResourceType } from '../../../kube/object.ts';
import { listWatch, type Observation } from '../../../kube/watch.ts';
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
 * a right that is not granted by default, so a kind is watched once somebody takes something from it.
 */
export function watchVariables(options: VariablesWatchOptions): void {
  const unwatched = new Map([configMapType, secretType].map((type) => [type.kind, type]));
  const look = (object: WithVariables) => {
    for (const { kind } of referencesOf(object)) {
      const type = unwatched.get(kind);
      if (!type || !unwatched.delete(kind)) continue;
      void follow(type, options);
    }
  };
  const cache = options.caches.for<WithVariables>(Kustomization.type);
  const unsubscribe = cache.onChange(({ after }) => after && look(after));
  options.signal.addEventListener('abort', unsubscribe, { once: true });
  for (const object of cache.list()) look(object);
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
    for (const object of newsOf(observation)) wakeReferrers(type, keyOf(object), options);
  }
}

/** What changed, or may have changed between a run that read it and the list that shows it. */
function newsOf(observation: Observation<KubeObject>): readonly KubeObject[] {
  if (observation.type === 'failed') return [];
  if (observation.type === 'sync') return [...observation.items, ...observation.removed];
  return [observation.object];
}

function referencesOf({ spec }: WithVariables): { kind: string; name: string }[] {
  const { postBuild, decryption } = spec ?? {};
  return [
    ...(postBuild?.substituteFrom ?? []),
    ...(decryption?.secretRef ? [{ kind: 'Secret', ...decryption.secretRef }] : []),
  ];
}

function wakeReferrers(
  { kind }: ResourceType,
  { namespace, name }: ObjectKey,
  { caches, wake }: VariablesWatchOptions,
): void {
  for (const object of caches.for<WithVariables>(Kustomization.type).list(namespace)) {
    if (referencesOf(object).some((one) => one.kind === kind && one.name === name))
      wake(keyOf(object));
  }
}
