import { tenantLabel } from '../../../../access/tenancy/vocabulary.ts';
import type { Attack } from '../../attack.ts';
import { creating } from '../../target.ts';
import { tryAll } from '../../tries.ts';

export const namespaceOfNobody: Attack = {
  id: 'namespaces/of-nobody',
  title: 'creates a namespace that belongs to no tenant',
  why: 'no policy and no quota of a tenant would hold there',
  remedy: 'put what users of tenants create into their tenant, or refuse it',
  attempt(world) {
    const { run, neighbour } = world;
    const metadata = { name: `${run}-nobodys` };
    const send = creating({ apiVersion: 'v1', kind: 'Namespace', metadata });
    // The neighbour's tenant has room for one more, so that it is not its quota that refuses.
    const people = [neighbour.owner, neighbour.deployer];
    const took = (answer: { metadata: { labels?: Record<string, string> } }) =>
      answer.metadata.labels?.[tenantLabel] === undefined;
    return tryAll(world, [{ what: 'without a label', send, took }], { people });
  },
};
