import type { Attack } from '../../attack.ts';
import { listing } from '../../target.ts';
import { asking, tryAll } from '../../tries.ts';

const kinds = [
  ['v1', 'Pod'],
  ['v1', 'ConfigMap'],
  ['v1', 'Service'],
  ['v1', 'Event'],
  ['v1', 'ServiceAccount'],
  ['apps/v1', 'Deployment'],
  ['rbac.authorization.k8s.io/v1', 'RoleBinding'],
] as const;

export const readNeighbour: Attack = {
  id: 'neighbours/read',
  title: 'looks at what a neighbour runs: Pods, ConfigMaps, events, logs',
  why: 'what is not its is not its to see; events and logs tell more than people think',
  remedy:
    'find the role that grants it: kubectl auth can-i --list, and who is bound to it for the whole cluster',
  attempt(world) {
    const { namespace } = world.neighbour;
    const one = (verb: string, subresource: string) =>
      asking({ verb, resource: 'pods', subresource, namespace });
    return tryAll(world, [
      ...kinds.flatMap(([apiVersion, kind]) => [
        { what: `${kind}s of the namespace`, send: listing({ apiVersion, kind }, namespace) },
        { what: `${kind}s of all namespaces`, send: listing({ apiVersion, kind }) },
      ]),
      { what: 'logs', send: one('get', 'log') },
    ]);
  },
};
