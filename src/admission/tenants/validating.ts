import { Tenant } from '../../api/capsule/tenant.ts';
import { writesOf } from '../writes-of.ts';
import { defineHook } from '../hook.ts';
import { patternsCompile } from '../pattern-rule.ts';
import { rulesRight } from '../rule-statuses/rules-right.ts';
import { subjectsNamed } from '../subject-rule.ts';
import { bindingSubjects } from './binding-subjects.ts';
import { deprecatedFields } from './deprecated-fields.ts';
import { metadataRight } from './metadata-right.ts';
import { nameRight } from './name-right.ts';

/** Refuses Tenants that say what cannot be held. */
export const tenantsValidating = defineHook({
  name: 'tenants',
  type: 'validating',
  path: '/tenants/validating',
  purpose: 'Refuses Tenants that say what cannot be held, and warns of deprecated fields.',
  resources: writesOf(Tenant, 'CREATE', 'UPDATE'),
  failurePolicy: {
    policy: 'Fail',
    because:
      'only those who manage Tenants wait; what tenants do, and what is enforced on them, goes on',
  },
  contextOf: () => ({}),
  rules: [
    nameRight,
    subjectsNamed('tenant-owners-named', ['owners']),
    bindingSubjects,
    patternsCompile('tenant-patterns-compile'),
    rulesRight,
    metadataRight,
    deprecatedFields,
  ],
});
