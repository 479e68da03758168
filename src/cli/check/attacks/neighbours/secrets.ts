import type { Attack } from '../../attack.ts';
import { listing, reading, target } from '../../target.ts';
import { tryAll } from '../../tries.ts';
import { baitName } from '../../world.ts';

export const readSecrets: Attack = {
  id: 'neighbours/secrets',
  title: "reads a neighbour's Secrets, by name, in their namespace, or all at once",
  why: 'they hold what opens other doors',
  remedy:
    'find the role that grants it: kubectl auth can-i --list, and who is bound to it for the whole cluster',
  attempt(world) {
    const { namespace } = world.neighbour;
    const secrets = { apiVersion: 'v1', kind: 'Secret' };
    return tryAll(world, [
      { what: 'by name', send: reading(target('v1', 'Secret', baitName, namespace)) },
      { what: 'by a list of the namespace', send: listing(secrets, namespace) },
      { what: 'by a list of all namespaces', send: listing(secrets) },
    ]);
  },
};
