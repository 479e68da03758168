import type { Attack } from '../../attack.ts';
import { container, harmlessPod, securityContext } from '../../harmless-pod.ts';
import { creating } from '../../target.ts';
import { tryAll } from '../../tries.ts';

interface PodAttack extends Omit<Attack, 'id' | 'attempt' | 'remedy'> {
  name: string;
  remedy?: string;
  /** What is different from a harmless Pod; each is tried on its own. */
  changes: Record<string, Record<string, unknown>>;
}

const podSecurity =
  'set the label pod-security.kubernetes.io/enforce of tenants’ namespaces, and see that the admission plugin PodSecurity is on';

/** An attack by a Pod that Pod Security is there to refuse. */
export function podAttack({ name, changes, remedy = podSecurity, ...told }: PodAttack): Attack {
  return {
    ...told,
    id: `pods/${name}`,
    remedy,
    attempt(world) {
      const { namespace } = world.attacker;
      return tryAll(
        world,
        Object.entries(changes).map(([what, change]) => ({
          what,
          send: creating(harmlessPod(namespace, change)),
        })),
        { harmless: { what: 'a harmless Pod', send: creating(harmlessPod(namespace)) } },
      );
    },
  };
}

/** A Pod whose only container has another security context. */
export const withSecurity = (change: Record<string, unknown>) => ({
  containers: [container({ securityContext: securityContext(change) })],
});
