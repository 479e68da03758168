import { requestedAtAnnotation } from '../../api/annotations.ts';
import { findKind } from '../../api/kinds.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Cluster } from '../cluster/connect.ts';
import { awaitVerdict } from './await-verdict.ts';
import { isSuspended, sourceOf } from './facts.ts';
import { fieldManager } from './field-manager.ts';
import { readObject } from './read.ts';
import { formatTarget, type NamedTarget } from './target.ts';
import { handledAt } from './verdict.ts';

export interface ReconcileOptions {
  withSource: boolean;
  wait: boolean;
  progress(line: string): void;
}

/**
 * Has an object reconciled now, after its source if that is wanted; resolves with it once that is
 * done, or with `wait: false` once it was asked for. Throws when it is suspended, or failed.
 */
export async function requestReconcile(
  cluster: Cluster,
  target: NamedTarget & { namespace: string },
  options: ReconcileOptions,
): Promise<KubeObject> {
  const { kind, name, namespace } = target;
  const { progress, wait } = options;
  const title = formatTarget(target);
  const object = await readObject(cluster, target);
  if (isSuspended(object)) {
    throw new Error(`${title} is suspended: tenantry resume ${title} --namespace ${namespace}`);
  }
  if (options.withSource) await reconcileSource(cluster, target, object, options);
  const request = { token: new Date().toISOString(), before: handledAt(object) };
  const body = { metadata: { annotations: { [requestedAtAnnotation]: request.token } } };
  const { client, signal } = cluster;
  const written = await client.patch(
    kind.type,
    { namespace, name },
    { type: 'merge', body },
    { fieldManager, signal },
  );
  progress(`► ${title} in namespace '${namespace}' is asked to reconcile`);
  return wait ? awaitVerdict(cluster, target, { request, progress }) : written;
}

async function reconcileSource(
  cluster: Cluster,
  target: NamedTarget,
  object: KubeObject,
  options: ReconcileOptions,
): Promise<void> {
  const source = sourceOf(target.kind, object);
  const kind = source && findKind(source.kind);
  if (!source || !kind) throw new Error(`${formatTarget(target)} has no source to reconcile first`);
  const { name, namespace } = source;
  await requestReconcile(
    cluster,
    { kind, name, namespace },
    { ...options, withSource: false, wait: true },
  );
}
