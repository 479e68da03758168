import { sharedQuotaLabel } from '../../api/capsule/labels.ts';
import { isSelected } from '../../access/quotas/selected-namespaces.ts';
import { isConflict, isNotFound } from '../../kube/api-error.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Run } from '../../runtime/run.ts';
import { namespaceType } from '../../kube/core-resources.ts';
import type { GlobalResourceQuotaDeps } from './deps.ts';
import { fieldManager } from './keep-ledger.ts';

/**
 * Puts the label by which a webhook is asked on the namespaces of a quota, and takes it off those that
 * have left every quota. The label only saves requests elsewhere: without it the native quotas hold.
 */
export async function markNamespaces(
  concerned: ReadonlySet<string>,
  deps: GlobalResourceQuotaDeps,
  run: Run<unknown>,
): Promise<void> {
  const quotas = deps.quotas().filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  for (const namespace of deps.namespaces()) {
    const { name, labels = {}, deletionTimestamp } = namespace.metadata;
    if (!concerned.has(name) || deletionTimestamp !== undefined) continue;
    const isShared = quotas.some(({ spec }) =>
      isSelected(spec.namespaceSelectors ?? [], namespace),
    );
    if (isShared && labels[sharedQuotaLabel] !== 'true') await mark(namespace, true, deps, run);
    // Who else put it there, as tenants do, keeps it there.
    if (!isShared && labels[sharedQuotaLabel] === 'true') await mark(namespace, false, deps, run);
  }
}

async function mark(
  { metadata: { name, uid } }: KubeObject,
  isShared: boolean,
  { client }: GlobalResourceQuotaDeps,
  { signal }: Run<unknown>,
): Promise<void> {
  const labels = isShared ? { [sharedQuotaLabel]: 'true' } : {};
  const metadata = { name, labels, ...(uid !== undefined && { uid }) };
  try {
    await client.apply(
      namespaceType,
      { apiVersion: 'v1', kind: 'Namespace', metadata },
      { fieldManager, force: true, signal },
    );
  } catch (error) {
    // Gone meanwhile, or made anew.
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}
