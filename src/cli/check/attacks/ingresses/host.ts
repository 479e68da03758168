import type { Attack } from '../../attack.ts';
import { creating } from '../../target.ts';
import { tryAll } from '../../tries.ts';
import { withoutOption } from '../../world.ts';
import { ingress } from './ingress.ts';

export const foreignHost: Attack = {
  id: 'ingresses/host',
  title: "claims a neighbour's host name, or all of them",
  why: "it would serve the neighbour's users",
  remedy: 'set spec.ingressOptions.allowedHostnames of Tenants, and leave wildcards off',
  async attempt(world) {
    const harmless = { what: 'an Ingress of its own', send: creating(ingress(world, {})) };
    return (
      withoutOption(world, 'ingressOptions') ??
      tryAll(
        world,
        [
          ...['neighbour.example', '*.example', `*.${world.run}.invalid`].map((host) => ({
            what: host,
            send: creating(ingress(world, { host })),
          })),
          { what: 'a default backend', send: creating(ingress(world, { isForAll: true })) },
        ],
        { harmless },
      )
    );
  },
};
