import type { KubeObject } from '../../../../kube/object.ts';
import { skipped } from '../../outcome.ts';
import type { Attack } from '../../attack.ts';
import { harmlessPod } from '../../harmless-pod.ts';
import { creating, typeOf } from '../../target.ts';
import { tryAll } from '../../tries.ts';
import { withoutOption } from '../../world.ts';

export const runtimeClass: Attack = {
  id: 'pods/runtime',
  title: 'runs a Pod with a runtime that it may not use',
  why: 'runtimes differ in how well they contain what runs in them',
  remedy: 'see that spec.runtimeClasses of Tenants is enforced',
  async attempt(world) {
    const none = withoutOption(world, 'runtimeClasses');
    if (none) return none;
    const { admin, attacker } = world;
    const type = await typeOf(admin, { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass' });
    const { items } = await admin.list<KubeObject>(type);
    const [name] = items.map(({ metadata }) => metadata.name);
    if (name === undefined) return skipped('the cluster has no RuntimeClass');
    return tryAll(
      world,
      [{ what: name, send: creating(harmlessPod(attacker.namespace, { runtimeClassName: name })) }],
      { harmless: { what: 'a harmless Pod', send: creating(harmlessPod(attacker.namespace)) } },
    );
  },
};
