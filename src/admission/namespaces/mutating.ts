import { defineHook } from '../hook.ts';
import { assignTenant } from './assign-tenant.ts';
import { namespaceContext } from './context.ts';
import { keepAssignment } from './keep-assignment.ts';
import { keepGrants } from './keep-grants.ts';
import { makeUpName } from './make-up-name.ts';
import { metadataAllowed } from './metadata-allowed.ts';
import { ownOnly } from './own-only.ts';
import { putMetadata } from './put-metadata.ts';
import { putRuleMetadata } from './put-rule-metadata.ts';
import { concernsTenancy, namespaceResource } from './requests.ts';
import { rulesAllow } from './rules-allow.ts';
import { tenantOpen } from './tenant-open.ts';

/** Puts new namespaces into their tenants, and keeps them what the tenant says. */
export const namespacesMutating = defineHook({
  name: 'namespaces',
  type: 'mutating',
  path: '/namespaces/mutating',
  purpose:
    'Puts a new namespace into the tenant it names or its creator can only mean, with the tenant’s metadata; completes what administrators say in part.',
  resources: namespaceResource('CREATE', 'UPDATE'),
  matchConditions: concernsTenancy,
  failurePolicy: {
    policy: 'Ignore',
    because:
      'the first ring refuses what has not been looked at: namespaces of no tenant by users of Capsule, a tenant named by others than its owners, labels where the tenant has rules about them',
  },
  contextOf: namespaceContext,
  rules: [
    assignTenant,
    keepAssignment,
    ownOnly,
    tenantOpen,
    keepGrants,
    makeUpName,
    putMetadata,
    putRuleMetadata,
    // Users' own metadata is looked at before the reference that says so is stored.
    metadataAllowed,
    rulesAllow,
  ],
});
