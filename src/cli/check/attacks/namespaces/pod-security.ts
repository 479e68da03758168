import type { Attack } from '../../attack.ts';
import { applying, merging, target } from '../../target.ts';
import { tryAll } from '../../tries.ts';

const level = 'pod-security.kubernetes.io/enforce';

export const relaxPodSecurity: Attack = {
  id: 'namespaces/pod-security',
  title: 'lowers the Pod Security level of its own namespace',
  why: 'Pods could then be privileged, and whoever is root on a node is every tenant',
  remedy:
    'set the label by spec.namespaceOptions.additionalMetadata of the Tenant, and let nobody else change it',
  benchmarks: ['MTB-PL1-BC-CPI-2', 'MTB-PL1-BC-CPI-5'],
  attempt(world) {
    const of = target('v1', 'Namespace', world.attacker.namespace);
    const labels = { [level]: 'privileged' };
    const lowered = (answer: { metadata: { labels?: Record<string, string> } }) =>
      answer.metadata.labels?.[level] !== 'restricted';
    return tryAll(world, [
      { what: 'by a label', send: merging(of, { metadata: { labels } }), took: lowered },
      {
        what: 'by taking the label off',
        send: merging(of, { metadata: { labels: { [level]: null } } }),
        took: lowered,
      },
      {
        what: 'by server-side apply',
        send: applying({ ...of, metadata: { ...of.metadata, labels } }),
        took: lowered,
      },
    ]);
  },
};
