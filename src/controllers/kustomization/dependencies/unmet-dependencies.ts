import { Kustomization } from '../../../api/kustomize/kustomization.ts';
import { Reason } from '../../../api/reasons.ts';
import { waiting, type ReconcileError } from '../../../base/errors.ts';
import { isNotFound } from '../../../kube/api-error.ts';
import { formatKey, type ObjectKey } from '../../../kube/object.ts';
import { askReadyExpressions } from './ready-expression.ts';
import { dependencyKeys, unmetDependency, type Dependency } from './dependencies.ts';
import type { Preparation, ReconciledKustomization } from '../work.ts';

/**
 * DependencyNotReady unless every dependency is ready; thrown, it holds no worker: any change of a
 * dependency looks again.
 */
export async function unmetDependencies(
  object: ReconciledKustomization,
  work: Preparation,
  revision: string,
): Promise<ReconcileError | undefined> {
  const { me, spec, deps, run } = work;
  const keys = dependencyKeys({ namespace: me.namespace, dependsOn: spec.dependsOn });
  for (const key of keys) run.track(Kustomization.type, key);
  const elsewhere = await readElsewhere(keys, work);
  const cache = deps.caches.for<Dependency>(Kustomization.type);
  const read = (key: ObjectKey) => cache.get(key) ?? elsewhere.get(formatKey(key));
  const readAt = (index: number) => {
    const key = keys[index];
    return key && read(key);
  };
  const self = cache.get(me) ?? { ...object };
  const said = await askReadyExpressions(work, self, readAt);
  const isAdditive = deps.gates.AdditiveCELDependencyCheck;
  const unmet = unmetDependency({ key: me, spec, revision, said, isAdditive }, read);
  if (unmet === undefined) return undefined;
  return waiting(Reason.DependencyNotReady, unmet, { afterMs: deps.dependencyMs, isNews: true });
}

/**
 * Dependencies that this process's shard does not have; they cannot wake us, only be asked for. One that
 * is nowhere ends it: it is waited for whatever the others are, and names cost a tenant nothing.
 */
async function readElsewhere(
  keys: readonly Required<ObjectKey>[],
  { deps, run }: Preparation,
): Promise<Map<string, Dependency>> {
  const cache = deps.caches.for(Kustomization.type);
  const found = new Map<string, Dependency>();
  for (const key of keys.filter((each) => !cache.get(each))) {
    try {
      const object = await deps.client.get<Dependency>(Kustomization.type, key, {
        signal: run.signal,
      });
      found.set(formatKey(key), object);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      return found;
    }
  }
  return found;
}
