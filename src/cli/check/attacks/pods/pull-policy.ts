import type { Attack } from '../../attack.ts';
import { container, harmlessPod } from '../../harmless-pod.ts';
import { creating } from '../../target.ts';
import { tryAll } from '../../tries.ts';
import { withoutOption } from '../../world.ts';

export const pullPolicy: Attack = {
  id: 'pods/pull-policy',
  title: 'runs an image that the node has already, without asking its registry',
  why: "it would get a neighbour's private image, which it has no credentials for",
  remedy:
    'see that spec.imagePullPolicies of Tenants is enforced, or the plugin AlwaysPullImages is on',
  benchmarks: ['MTB-PL1-CC-DI-1'],
  async attempt(world) {
    const { namespace } = world.attacker;
    const policies = ['Never', 'IfNotPresent'];
    return (
      withoutOption(world, 'imagePullPolicies') ??
      tryAll(
        world,
        policies.map((imagePullPolicy) => ({
          what: imagePullPolicy,
          send: creating(harmlessPod(namespace, { containers: [container({ imagePullPolicy })] })),
          took: (answer) => !JSON.stringify(answer['spec']).includes('"imagePullPolicy":"Always"'),
        })),
        { harmless: { what: 'a harmless Pod', send: creating(harmlessPod(namespace)) } },
      )
    );
  },
};
