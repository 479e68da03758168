import type { KubeObject } from '../../../../kube/object.ts';
import { skipped } from '../../outcome.ts';
import type { Attack } from '../../attack.ts';
import { deleting, merging, target, typeOf } from '../../target.ts';
import { tryAll } from '../../tries.ts';

const hard = { 'requests.cpu': '100' };

export const editQuota: Attack = {
  id: 'quotas/edit',
  title: 'raises or deletes the quota of its own namespace',
  why: 'a quota that the tenant may change is none',
  remedy:
    'protect quotas by admission where tenants may have wide roles in their namespaces, and do not grant them otherwise',
  benchmarks: ['MTB-PL1-CC-TI-1'],
  async attempt(world) {
    const { admin, attacker } = world;
    const { namespace } = attacker;
    const type = await typeOf(admin, { apiVersion: 'v1', kind: 'ResourceQuota' });
    const { items } = await admin.list<KubeObject>(type, { namespace });
    const [quota] = items.map(({ metadata }) => metadata.name);
    if (quota === undefined) return skipped('the namespace has no quota');
    const of = target('v1', 'ResourceQuota', quota, namespace);
    return tryAll(world, [
      { what: 'by raising it', send: merging(of, { spec: { hard } }) },
      { what: 'by its status', send: merging(of, { status: { hard } }, 'status') },
      { what: 'by deleting it', send: deleting(of) },
    ]);
  },
};
