import type { CompiledQuota, CompiledSource } from '../../../access/quotas/custom/compile-quota.ts';
import { Reason } from '../../../api/reasons.ts';
import { watcherLabel } from '../../../api/install/rbac.ts';
import { retryable, stalled } from '../../../base/errors.ts';
import { isAllowed } from '../../../kube/access-review.ts';
import type { KubeClient } from '../../../kube/client.ts';
import { apiVersionOf, type ResourceType } from '../../../kube/object.ts';

/** How soon a kind that was not served, or not to be watched, is asked about again. */
const againMs = 30_000;

/** The kinds of a quota, in the order of its sources. */
export async function kindsOf(
  { sources }: CompiledQuota,
  { discovery }: Pick<KubeClient, 'discovery'>,
  signal: AbortSignal,
): Promise<{ source: CompiledSource; type: ResourceType | undefined }[]> {
  return await Promise.all(
    sources.map(async (source) => ({
      source,
      type: await discovery.resourceFor(apiVersionOf({ ...source }), source.kind, { signal }),
    })),
  );
}

/** The same, of a quota whose objects can all be counted. @throws ReconcileError that says why not */
export async function resolveKinds(
  quota: CompiledQuota,
  {
    isNamespaced,
    client,
    signal,
  }: { isNamespaced: boolean; client: KubeClient; signal: AbortSignal },
): Promise<ResourceType[]> {
  const found = await kindsOf(quota, client, signal);
  return found.map(({ source, type }) => {
    const name = `${source.kind} of ${apiVersionOf(source)}`;
    if (!type)
      throw retryable(Reason.Failed, `the cluster does not serve ${name}`, { afterMs: againMs });
    if (isNamespaced && !type.namespaced)
      throw stalled(Reason.InvalidSpec, `${name} is not namespaced: use a GlobalCustomQuota`);
    return type;
  });
}

/** @throws ReconcileError when objects of a kind cannot be seen, with what would change that */
export async function checkWatchable(
  types: readonly ResourceType[],
  { client, signal }: { client: KubeClient; signal: AbortSignal },
): Promise<void> {
  for (const { group, plural: resource } of types) {
    if (await isAllowed(client, { verb: 'watch', group, resource }, { signal })) continue;
    const name = group === '' ? resource : `${resource}.${group}`;
    throw retryable(
      Reason.Failed,
      `the control plane may not watch ${name}: allow list and watch in a ClusterRole with the label ${watcherLabel}=true`,
      { afterMs: againMs },
    );
  }
}
