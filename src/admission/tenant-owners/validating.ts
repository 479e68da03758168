import { TenantOwner } from '../../api/capsule/tenant-owner.ts';
import { defineHook } from '../hook.ts';
import { writesOf } from '../writes-of.ts';
import { subjectsNamed } from '../subject-rule.ts';

/** Refuses TenantOwners that are nobody. */
export const tenantOwnersValidating = defineHook({
  name: 'tenantowners',
  type: 'validating',
  path: '/tenantowners/validating',
  purpose: 'Refuses TenantOwners that name a ServiceAccount otherwise than by its user name.',
  resources: writesOf(TenantOwner, 'CREATE', 'UPDATE'),
  failurePolicy: {
    policy: 'Fail',
    because: 'only those who manage owners wait',
  },
  contextOf: () => ({}),
  rules: [subjectsNamed('tenantowner-named', [''])],
});
