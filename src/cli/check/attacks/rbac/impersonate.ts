import type { Attack } from '../../attack.ts';
import { asking, tryAll } from '../../tries.ts';
import { deployerName } from '../../world.ts';

export const impersonate: Attack = {
  id: 'rbac/impersonate',
  title: 'acts as somebody else: a user, a group, an account of others',
  why: 'whoever may become anybody may do everything',
  remedy: "grant tenants 'impersonate' on their own name at most",
  benchmarks: ['MTB-PL1-CC-CPI-1'],
  attempt(world) {
    const { neighbour } = world;
    const verb = 'impersonate';
    return tryAll(world, [
      { what: 'as any user', send: asking({ verb, resource: 'users' }) },
      {
        what: 'as a neighbour',
        send: asking({ verb, resource: 'users', name: neighbour.owner.user }),
      },
      {
        what: 'as system:masters',
        send: asking({ verb, resource: 'groups', name: 'system:masters' }),
      },
      {
        what: "as a neighbour's account",
        send: asking({
          verb,
          resource: 'serviceaccounts',
          namespace: neighbour.namespace,
          name: deployerName,
        }),
      },
      {
        what: "as a controller's account",
        send: asking({ verb, resource: 'serviceaccounts', namespace: 'kube-system' }),
      },
    ]);
  },
};
