import { randomBytes } from 'node:crypto';
import { cordonedLabel } from '../../../../access/tenancy/vocabulary.ts';
import { untried } from '../../outcome.ts';
import type { Attack } from '../../attack.ts';
import { openTenant } from '../../build-world.ts';
import { harmlessPod } from '../../harmless-pod.ts';
import { creating, deleting, merging, target, typeOf } from '../../target.ts';
import { tryAll } from '../../tries.ts';
import { waitUntil } from '../../wait-until.ts';
import { withoutTenants, type Side, type World } from '../../world.ts';

const patienceSeconds = 30;

export const passCordon: Attack = {
  id: 'cordon/cordoned',
  title: 'goes on working in a tenant that is cordoned, or lifts the cordon itself',
  why: 'a cordon is how a tenant is held still while something is found out about it',
  remedy: 'see that the policies about cordoned namespaces are in place',
  async attempt(world) {
    const none = withoutTenants(world);
    if (none) return none;
    const side = await openTenant(world, `c-${randomBytes(3).toString('hex')}`, {});
    const { namespace, owner, deployer } = side;
    if (!(await cordon(world, side))) {
      return untried(`the namespace was not cordoned within ${patienceSeconds} s`);
    }
    const own = target('v1', 'Namespace', namespace);
    const account = target('v1', 'ServiceAccount', 'deployer', namespace);
    return tryAll(
      world,
      [
        { what: 'by a Pod', send: creating(harmlessPod(namespace)) },
        { what: 'by deleting', send: deleting(account) },
        {
          what: 'by lifting the cordon',
          send: merging(own, { metadata: { labels: { [cordonedLabel]: null } } }),
          took: ({ metadata }) => metadata.labels?.[cordonedLabel] !== 'true',
        },
        { what: 'by deleting the namespace', send: deleting(own) },
      ],
      { people: [owner, deployer] },
    );
  },
};

/** As an administrator does it, and until the namespace says so. */
async function cordon({ admin, signal }: World, { tenant, namespace }: Side) {
  const of = { apiVersion: 'capsule.clastix.io/v1beta2', kind: 'Tenant' };
  const body = { spec: { cordoned: true } };
  await admin.patch(await typeOf(admin, of), { name: tenant }, { type: 'merge', body });
  const namespaces = await typeOf(admin, { apiVersion: 'v1', kind: 'Namespace' });
  return waitUntil(
    async () => {
      const { metadata } = await admin.get(namespaces, { name: namespace });
      return metadata.labels?.[cordonedLabel] === 'true';
    },
    { seconds: patienceSeconds, signal },
  );
}
