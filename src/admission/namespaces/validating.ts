import { defineHook } from '../hook.ts';
import { assignmentWhole } from './assignment-whole.ts';
import { namespaceContext } from './context.ts';
import { metadataAllowed } from './metadata-allowed.ts';
import { notCordoned } from './not-cordoned.ts';
import { ownOnly } from './own-only.ts';
import { concernsTenancy, namespaceResource } from './requests.ts';
import { rulesAllow } from './rules-allow.ts';
import { tenantOpen } from './tenant-open.ts';

/** Refuses what a namespace may not become. */
export const namespacesValidating = defineHook({
  name: 'namespaces',
  type: 'validating',
  path: '/namespaces/validating',
  purpose:
    'Refuses half assignments by administrators, writes of ServiceAccounts that live in tenants to namespaces they do not own, and metadata that the tenant forbids or misses.',
  resources: namespaceResource('CREATE', 'UPDATE', 'DELETE'),
  matchConditions: concernsTenancy,
  failurePolicy: {
    policy: 'Ignore',
    because:
      'the first ring holds who may create and change namespaces of tenants, that they stay in them, and what tenants say about metadata',
  },
  contextOf: namespaceContext,
  rules: [assignmentWhole, ownOnly, tenantOpen, notCordoned, metadataAllowed, rulesAllow],
});
