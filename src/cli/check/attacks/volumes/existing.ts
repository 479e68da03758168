import type { Attack } from '../../attack.ts';
import { creating } from '../../target.ts';
import { tryAll } from '../../tries.ts';
import { withoutTenants } from '../../world.ts';
import { claim } from './claim.ts';

export const existingVolume: Attack = {
  id: 'volumes/existing',
  title: 'claims a volume of others by its name',
  why: 'a released volume still holds what a neighbour wrote',
  remedy: 'let claims name a volume of their own tenant only',
  async attempt(world) {
    const send = creating(claim(world, { volumeName: `${world.run}-of-others` }));
    return (
      withoutTenants(world) ??
      tryAll(world, [{ what: 'a volume of others', send }], {
        harmless: { what: 'a claim of its own class', send: creating(claim(world, {})) },
      })
    );
  },
};
