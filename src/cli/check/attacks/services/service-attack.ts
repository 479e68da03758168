import type { KubeObject } from '../../../../kube/object.ts';
import type { Attack } from '../../attack.ts';
import { creating } from '../../target.ts';
import { tryAll } from '../../tries.ts';
import { withoutOption } from '../../world.ts';

interface ServiceAttack extends Omit<Attack, 'id' | 'attempt'> {
  name: string;
  /** What is different from a harmless Service; each is tried on its own. */
  changes: Record<string, Record<string, unknown>>;
}

/** An attack by a Service of a kind that the tenant may not have. */
export function serviceAttack({ name, changes, ...told }: ServiceAttack): Attack {
  return {
    ...told,
    id: `services/${name}`,
    async attempt(world) {
      const { namespace } = world.attacker;
      return (
        withoutOption(world, 'serviceOptions') ??
        tryAll(
          world,
          Object.entries(changes).map(([what, change]) => ({
            what,
            send: creating(service(namespace, change)),
          })),
          { harmless: { what: 'a ClusterIP Service', send: creating(service(namespace, {})) } },
        )
      );
    },
  };
}

const service = (namespace: string, change: Record<string, unknown>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'check', namespace },
  spec: { ports: [{ port: 80 }], ...change },
});
