import { Tenant } from '../../api/capsule/tenant.ts';
import { writesOf } from '../writes-of.ts';
import { defineHook } from '../hook.ts';
import { nameLabel } from './name-label.ts';

/** Labels Tenants with their own name. */
export const tenantsMutating = defineHook({
  name: 'tenants',
  type: 'mutating',
  path: '/tenants/mutating',
  purpose: 'Labels Tenants with their own name, which selectors of tenants look for.',
  resources: writesOf(Tenant, 'CREATE', 'UPDATE'),
  failurePolicy: {
    policy: 'Ignore',
    because: 'the first ring puts the label on as well, and nothing that is refused depends on it',
  },
  contextOf: () => ({}),
  rules: [nameLabel],
});
