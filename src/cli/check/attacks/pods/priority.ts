import type { Attack } from '../../attack.ts';
import { harmlessPod } from '../../harmless-pod.ts';
import { creating } from '../../target.ts';
import { tryAll } from '../../tries.ts';
import { withoutOption } from '../../world.ts';

export const priorityClass: Attack = {
  id: 'pods/priority',
  title: 'runs a Pod with the priority of the cluster itself',
  why: 'it would drive the Pods of neighbours from their nodes',
  remedy: 'see that spec.priorityClasses of Tenants is enforced',
  async attempt(world) {
    const { namespace } = world.attacker;
    return (
      withoutOption(world, 'priorityClasses') ??
      tryAll(
        world,
        ['system-cluster-critical', 'system-node-critical'].map((priorityClassName) => ({
          what: priorityClassName,
          send: creating(harmlessPod(namespace, { priorityClassName })),
        })),
        { harmless: { what: 'a harmless Pod', send: creating(harmlessPod(namespace)) } },
      )
    );
  },
};
