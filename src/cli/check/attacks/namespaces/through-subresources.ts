import { tenantLabel } from '../../../../access/tenancy/vocabulary.ts';
import type { KubeObject } from '../../../../kube/object.ts';
import { merging, replacing, type Target } from '../../target.ts';
import type { Try } from '../../tries.ts';
import type { World } from '../../world.ts';
import { withLabels } from './tenant-reference.ts';

/** Label a namespace with the attacker's tenant where writes of metadata are easily forgotten. */
export function throughSubresources(of: Target, { admin, attacker }: World): Try[] {
  const labels = { [tenantLabel]: attacker.tenant };
  const took = ({ metadata }: KubeObject) => metadata.labels?.[tenantLabel] === attacker.tenant;
  return [
    { what: 'through /status', send: merging(of, { metadata: { labels } }, 'status'), took },
    {
      what: 'through /finalize',
      send: replacing(of, admin, (object) => withLabels(object, labels), 'finalize'),
      took,
    },
  ];
}
