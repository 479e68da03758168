import { tenantLabel } from '../../../../access/tenancy/vocabulary.ts';
import type { Attack } from '../../attack.ts';
import { creating } from '../../target.ts';
import { tryAll } from '../../tries.ts';
import { withoutTenants } from '../../world.ts';
import { tenantReference } from './tenant-reference.ts';

export const squatInTenant: Attack = {
  id: 'namespaces/squat',
  title: "creates a namespace in a neighbour's tenant",
  why: "it would use up the neighbour's quota, and sit where the neighbour is trusted",
  remedy: 'only owners of a tenant may create namespaces in it',
  benchmarks: ['MTB-PL1-BC-CPI-2'],
  async attempt(world) {
    const none = withoutTenants(world);
    if (none) return none;
    const { run, neighbour } = world;
    const metadata = { name: `${run}-squat` };
    const reference = await tenantReference(world, neighbour.tenant);
    const namespace = { apiVersion: 'v1', kind: 'Namespace' };
    return tryAll(world, [
      {
        what: 'by its label',
        send: creating({
          ...namespace,
          metadata: { ...metadata, labels: { [tenantLabel]: neighbour.tenant } },
        }),
      },
      {
        what: 'by an owner reference',
        send: creating({ ...namespace, metadata: { ...metadata, ownerReferences: [reference] } }),
        took: (answer) => JSON.stringify(answer.metadata).includes(neighbour.tenant),
      },
    ]);
  },
};
