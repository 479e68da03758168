import type { Attack } from '../../attack.ts';
import { deleting, listing, merging, reading, target } from '../../target.ts';
import { throughProxy } from '../../through-proxy.ts';
import { tryAll } from '../../tries.ts';
import { baitName } from '../../world.ts';

export const readThroughProxy: Attack = {
  id: 'proxy/read',
  title: "reads, changes or deletes a neighbour's objects by their names, through the tenant proxy",
  why: 'whatever the proxy does as itself, it does with rights that no tenant has',
  remedy: 'upgrade the proxy: it must do as itself nothing but filtered reads',
  benchmarks: ['MTB-PL1-BC-CPI-2'],
  attempt: (world) =>
    throughProxy(world, ({ person }) => {
      const { neighbour } = world;
      const namespace = target('v1', 'Namespace', neighbour.namespace);
      const tenant = target('capsule.clastix.io/v1beta2', 'Tenant', neighbour.tenant);
      return tryAll(
        world,
        [
          { what: 'the namespace', send: reading(namespace) },
          { what: 'the Tenant', send: reading(tenant) },
          {
            what: 'a Secret',
            send: reading(target('v1', 'Secret', baitName, neighbour.namespace)),
          },
          {
            what: 'Secrets of the namespace',
            send: listing({ apiVersion: 'v1', kind: 'Secret' }, neighbour.namespace),
          },
          {
            what: 'a label on the namespace',
            send: merging(namespace, { metadata: { labels: { 'example.com/check': 'yes' } } }),
          },
          { what: 'the end of the namespace', send: deleting(namespace) },
          { what: 'the end of the Tenant', send: deleting(tenant) },
        ],
        {
          people: [person],
          harmless: {
            what: 'its own namespace',
            send: reading(target('v1', 'Namespace', world.attacker.namespace)),
          },
        },
      );
    }),
};
