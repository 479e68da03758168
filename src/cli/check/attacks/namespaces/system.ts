import { tenantLabel } from '../../../../access/tenancy/vocabulary.ts';
import type { Attack } from '../../attack.ts';
import { applying, merging, target } from '../../target.ts';
import { tryAll } from '../../tries.ts';

const systemNamespaces = ['kube-system', 'default', 'flux-system', 'capsule-system'];

export const takeSystemNamespace: Attack = {
  id: 'namespaces/system',
  title: 'takes over a namespace of the system, such as kube-system or flux-system',
  why: 'the accounts of controllers are in them: a Kustomization there may name one that may do everything',
  remedy: 'let users of tenants change namespaces of their own tenants only',
  benchmarks: ['MTB-PL1-BC-CPI-2'],
  attempt(world) {
    const labels = { [tenantLabel]: world.attacker.tenant };
    return tryAll(
      world,
      systemNamespaces
        .map((name) => target('v1', 'Namespace', name))
        .flatMap((of) => [
          {
            what: `${of.metadata.name}, by a merge patch`,
            send: merging(of, { metadata: { labels } }),
          },
          {
            what: `${of.metadata.name}, by a label of its own`,
            send: merging(of, { metadata: { labels: { 'example.com/check': 'yes' } } }),
          },
          {
            what: `${of.metadata.name}, by server-side apply`,
            send: applying({ ...of, metadata: { ...of.metadata, labels } }),
          },
        ]),
    );
  },
};
