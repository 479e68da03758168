import type { Attack } from '../../attack.ts';
import { creating } from '../../target.ts';
import { tryAll } from '../../tries.ts';
import { withoutOption } from '../../world.ts';
import { claim } from './claim.ts';

export const storageClass: Attack = {
  id: 'volumes/class',
  title: 'claims storage of a class that it may not use',
  why: 'classes differ in what they cost, and in who else reads the disks',
  remedy: 'set spec.storageClasses of Tenants',
  async attempt(world) {
    return (
      withoutOption(world, 'storageClasses') ??
      tryAll(
        world,
        [
          {
            what: 'another class',
            send: creating(claim(world, { storageClassName: 'check-of-others' })),
          },
        ],
        { harmless: { what: 'a claim of its own class', send: creating(claim(world, {})) } },
      )
    );
  },
};
