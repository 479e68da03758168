import type { KubeObject } from '../../../../kube/object.ts';
import type { World } from '../../world.ts';

/** A PersistentVolumeClaim of the attacker's; a harmless one, but for what is said. */
export const claim = (
  { run, attacker: { namespace } }: World,
  change: Record<string, unknown>,
): KubeObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'check', namespace },
  spec: {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '1Mi' } },
    storageClassName: run,
    ...change,
  },
});
