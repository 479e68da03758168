import type { KubeObject } from '../../../../kube/object.ts';
import { skipped } from '../../outcome.ts';
import type { Attack } from '../../attack.ts';
import { deleting, target, typeOf, type Target } from '../../target.ts';
import { tryAll } from '../../tries.ts';
import type { World } from '../../world.ts';

const kinds = [
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
  'MutatingWebhookConfiguration',
];

export const weakenPolicies: Attack = {
  id: 'cluster/weaken',
  title: 'deletes the policies and webhooks that it is held by',
  why: 'without them it could do the rest of this list',
  remedy: 'grant no tenant anything on admissionregistration.k8s.io',
  benchmarks: ['MTB-PL1-CC-CPI-1', 'MTB-PL1-BC-CPI-2'],
  async attempt(world) {
    const objects = await presentIn(world);
    if (objects.length === 0) return skipped('the cluster has no admission policies and webhooks');
    return tryAll(
      world,
      objects.map((of) => ({ what: of.kind, send: deleting(of) })),
    );
  },
};

/** One of each kind: RBAC does not tell them apart. */
async function presentIn({ admin }: World): Promise<Target[]> {
  const lists = await Promise.all(
    kinds.map(async (kind) => {
      const of = { apiVersion: 'admissionregistration.k8s.io/v1', kind };
      const { items } = await admin.list<KubeObject>(await typeOf(admin, of));
      return items.slice(0, 1).map(({ metadata }) => target(of.apiVersion, kind, metadata.name));
    }),
  );
  return lists.flat();
}
