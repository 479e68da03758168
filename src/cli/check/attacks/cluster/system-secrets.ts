import type { Attack } from '../../attack.ts';
import { listing, merging, target } from '../../target.ts';
import { asking, tryAll } from '../../tries.ts';

export const readSystem: Attack = {
  id: 'cluster/system-secrets',
  title:
    'reads Secrets of the system, changes its ConfigMaps, reaches nodes through the API server',
  why: 'credentials of controllers are worth the whole cluster',
  remedy:
    'grant no tenant anything in kube-system and the namespaces of controllers, nor nodes/proxy',
  benchmarks: ['MTB-PL1-CC-CPI-1'],
  attempt: (world) =>
    tryAll(world, [
      ...['kube-system', 'flux-system', 'capsule-system'].map((namespace) => ({
        what: `Secrets of ${namespace}`,
        send: listing({ apiVersion: 'v1', kind: 'Secret' }, namespace),
      })),
      {
        what: 'by a ConfigMap of kube-system',
        send: merging(
          target('v1', 'ConfigMap', 'extension-apiserver-authentication', 'kube-system'),
          { data: { check: 'yes' } },
        ),
      },
      {
        what: 'by nodes/proxy',
        send: asking({ verb: 'get', resource: 'nodes', subresource: 'proxy' }),
      },
    ]),
};
