import {
  mutatingPolicy,
  validatingPolicy,
  type Policy,
  type ResourceRule,
} from '../policy/policy.ts';
import { inTenants, namespaceParams, tenantOfNamespace } from '../tenancy/tenant-namespaces.ts';
import {
  choosesVolume,
  claimDefaultPatch,
  claimSelectorPatch,
  hasClaimDefault,
  limitsClasses,
} from './defaults.ts';
import { claimVariables, type ClaimFacts } from './facts.ts';
import { claimRules } from './rules.ts';

const claims = (...operations: ResourceRule['operations']): ResourceRule => ({
  apiGroups: [''],
  apiVersions: ['v1'],
  operations,
  resources: ['persistentvolumeclaims'],
});

/** The first ring around PersistentVolumeClaims: their class, and whose volume they take. */
export function claimPolicies(configuration: string): Policy[] {
  return [
    ...mutatingPolicy({
      name: 'volumeclaims.defaults.tenantry.dev',
      resources: [claims('CREATE')],
      matchConditions: [{ name: 'has-default', expression: hasClaimDefault }],
      variables: [],
      params: namespaceParams,
      namespaceSelector: inTenants,
      patches: [claimDefaultPatch],
    }),
    ...mutatingPolicy({
      name: 'volumeclaims.selector.tenantry.dev',
      resources: [claims('CREATE')],
      matchConditions: [{ name: 'chooses-volume', expression: choosesVolume }],
      variables: [{ name: 'tenant', expression: tenantOfNamespace }],
      namespaceSelector: inTenants,
      patches: [claimSelectorPatch],
    }),
    ...validatingPolicy<ClaimFacts>({
      name: 'volumeclaims.tenantry.dev',
      resources: [
        {
          ...claims('CREATE', 'UPDATE'),
          // By the status, annotations are set as well.
          resources: ['persistentvolumeclaims', 'persistentvolumeclaims/status'],
        },
      ],
      matchConditions: [{ name: 'is-limited', expression: `${limitsClasses} || ${choosesVolume}` }],
      variables: claimVariables(configuration),
      params: namespaceParams,
      namespaceSelector: inTenants,
      rules: claimRules,
    }),
  ];
}
