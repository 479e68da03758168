import type { Attack } from '../../attack.ts';
import { creating } from '../../target.ts';
import { tryAll } from '../../tries.ts';
import { withoutOption } from '../../world.ts';
import { ingress } from './ingress.ts';

export const ingressClass: Attack = {
  id: 'ingresses/class',
  title: 'uses an ingress controller that it may not use',
  why: 'the controllers of others face other networks',
  remedy: 'set spec.ingressOptions.allowedClasses of Tenants',
  async attempt(world) {
    const harmless = { what: 'an Ingress of its own', send: creating(ingress(world, {})) };
    const send = creating(ingress(world, { ingressClassName: 'check-of-others' }));
    return (
      withoutOption(world, 'ingressOptions') ??
      tryAll(world, [{ what: 'another class', send }], { harmless })
    );
  },
};
