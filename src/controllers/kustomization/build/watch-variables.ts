import { Kustomization } from '../../../api/kustomize/kustomization.ts';
import type { Clock } from '../../../base/clock.ts';
import type { Log } from '../../../base/log.ts';
import type { KubeClient } from '../../../kube/client.ts';
import { keyOf, type KubeObject, type ObjectKey, type ResourceType } from '../../../kube/object.ts';
import { listWatch, type Observation } from '../../../kube/watch.ts';
import type { Caches } from '../../../runtime/cache/read-cache.ts';
import { configMapType, secretType } from '../../../kube/core-resources.ts';

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

interface WithReferences extends KubeObject {
  spec?: {
    postBuild?: { substituteFrom?: { kind: string; name: string }[] };
    decryption?: { secretRef?: { name: string } };
    kubeConfig?: { secretRef?: { name: string }; configMapRef?: { name: string } };
  };
}

/**
 * Wakes the Kustomizations that take variables, keys to decrypt with, or the way to their cluster
 * from a ConfigMap or Secret with the labels when it changes; others are read at the interval. Sees
 * metadata only. Secrets take a right that is not granted by default, so a kind is watched once
 * somebody takes something from it.
 */
export function watchVariables(options: VariablesWatchOptions): void {
  const unwatched = new Map([configMapType, secretType].map((type) => [type.kind, type]));
  const look = (object: WithReferences) => {
    for (const { kind } of referencesOf(object)) {
      const type = unwatched.get(kind);
      if (!type || !unwatched.delete(kind)) continue;
      void follow(type, options);
    }
  };
  const cache = options.caches.for<WithReferences>(Kustomization.type);
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

function wakeReferrers(
  { kind }: ResourceType,
  { namespace, name }: ObjectKey,
  { caches, wake }: VariablesWatchOptions,
): void {
  for (const object of caches.for<WithReferences>(Kustomization.type).list(namespace)) {
    const isReferred = referencesOf(object).some((one) => one.kind === kind && one.name === name);
    if (isReferred) wake(keyOf(object));
  }
}

function referencesOf({ spec }: WithReferences): { kind: string; name: string }[] {
  const { kubeConfig, decryption, postBuild } = spec ?? {};
  const secrets = [kubeConfig?.secretRef, decryption?.secretRef];
  const ofKind = (kind: string, refs: ({ name: string } | undefined)[]) =>
    refs.flatMap((ref) => (ref ? [{ kind, name: ref.name }] : []));
  return [
    ...(postBuild?.substituteFrom ?? []),
    ...ofKind('Secret', secrets),
    ...ofKind('ConfigMap', [kubeConfig?.configMapRef]),
  ];
}
