import { z } from 'zod';
import { defineKind, type ObjectOf } from '../define-kind.ts';
import { reconcileStatus } from '../meta.ts';
import { Admission } from './admission.ts';
import { readinessColumns } from './columns.ts';
import { capsuleGroup } from './group.ts';
import { ForbiddenKeys } from './metadata.ts';
import { namespaceName, objectName } from './names.ts';
import { Subject } from './owner.ts';

const flag = (description: string) => z.boolean().describe(description).default(false);
const roleName = (description: string, name: string) =>
  z.string().describe(description).default(name);

const overrides = {
  TLSSecretName: 'capsule-tls',
  mutatingWebhookConfigurationName: 'capsule-mutating-webhook-configuration',
  validatingWebhookConfigurationName: 'capsule-validating-webhook-configuration',
};
const Overrides = z.object({
  TLSSecretName: z
    .string()
    .describe('Secret with the certificate of the webhook server.')
    .default(overrides.TLSSecretName),
  mutatingWebhookConfigurationName: z
    .string()
    .describe('Name of the MutatingWebhookConfiguration.')
    .default(overrides.mutatingWebhookConfigurationName),
  validatingWebhookConfigurationName: z
    .string()
    .describe('Name of the ValidatingWebhookConfiguration.')
    .default(overrides.validatingWebhookConfigurationName),
});

const provisioner = 'capsule-namespace-provisioner';
const deleter = 'capsule-namespace-deleter';
const Rbac = z.object({
  administrationClusterRoles: z
    .array(z.string())
    .describe('ClusterRoles that administrators get in every namespace of every tenant.')
    .default([deleter]),
  deleter: roleName('ClusterRole that allows to delete a namespace.', deleter),
  promotionClusterRoles: z
    .array(z.string())
    .describe('ClusterRoles that promoted ServiceAccounts get.')
    .default([provisioner, deleter]),
  provisioner: roleName('ClusterRole that allows to create namespaces.', provisioner),
});

const Impersonation = z.object({
  caSecretKey: z.string().describe('Key of the CA in the Secret.').default('ca.crt'),
  caSecretName: objectName.describe('Secret with the CA of the endpoint.').exactOptional(),
  caSecretNamespace: namespaceName.describe('Namespace of that Secret.').exactOptional(),
  endpoint: z
    .string()
    .describe('API server that replication goes to; the own one if absent.')
    .exactOptional(),
  globalDefaultServiceAccount: objectName
    .describe('ServiceAccount that global replications act as.')
    .exactOptional(),
  globalDefaultServiceAccountNamespace: namespaceName
    .describe('Namespace of that ServiceAccount.')
    .exactOptional(),
  skipTlsVerify: flag('Accept any certificate of the endpoint.'),
  tenantDefaultServiceAccount: objectName
    .describe('ServiceAccount that replications in a tenant act as.')
    .exactOptional(),
});

const CapsuleConfigurationSpec = z
  .object({
    administrators: z.array(Subject).describe('Who manages all tenants.').exactOptional(),
    admission: Admission.describe('Webhooks of the second ring.').exactOptional(),
    allowServiceAccountPromotion: flag('Labelled ServiceAccounts of tenants may become owners.'),
    cacheInvalidation: z.string().describe('How often caches are made anew.').default('24h'),
    enableTLSReconciler: flag('Make and renew the certificate of the webhook server.'),
    events: z
      .object({
        namespace: z
          .string()
          .describe('Namespace of events about cluster-scoped objects.')
          .default('default'),
      })
      .describe('Events.')
      .default({ namespace: 'default' }),
    forceTenantPrefix: flag('Names of namespaces must begin with `<tenant>-`.'),
    ignoreUserWithGroups: z
      .array(z.string())
      .describe('Groups whose members tenancy is not enforced for.')
      .exactOptional(),
    impersonation: Impersonation.describe('As whom replications act.').exactOptional(),
    nodeMetadata: z
      .object({
        forbiddenAnnotations: ForbiddenKeys.describe(
          'Annotations that may not be set on nodes.',
        ).exactOptional(),
        forbiddenLabels: ForbiddenKeys.describe(
          'Labels that may not be set on nodes.',
        ).exactOptional(),
      })
      .describe('What users of Capsule may not set on nodes.')
      .exactOptional(),
    overrides: Overrides.describe('Names of objects of the installation.').default(overrides),
    protectedNamespaceRegex: z
      .string()
      .describe('Pattern of names that owners may not give to namespaces.')
      .exactOptional(),
    rbac: Rbac.describe('Names of roles of the installation.').prefault({}),
    userGroups: z
      .array(z.string())
      .describe('Deprecated, use `users`: groups that tenancy is enforced for.')
      .exactOptional(),
    userNames: z
      .array(z.string())
      .describe('Deprecated, use `users`: users that tenancy is enforced for.')
      .exactOptional(),
    users: z
      .array(Subject)
      .describe('Users, groups and ServiceAccounts that tenancy is enforced for.')
      .exactOptional(),
  })
  .describe('Settings of tenancy for the whole cluster.');
export type CapsuleConfigurationSpec = z.output<typeof CapsuleConfigurationSpec>;

const CapsuleConfigurationStatus = z
  .object({
    ...reconcileStatus,
    tenants: z.array(z.string()).describe('Names of all tenants.').exactOptional(),
    users: z
      .array(Subject)
      .describe('Everybody that tenancy is enforced for, from wherever they are named.')
      .exactOptional(),
  })
  .describe('What was last observed.');
export type CapsuleConfigurationStatus = z.output<typeof CapsuleConfigurationStatus>;

/** Settings of tenancy for the whole cluster; the one named by `--configuration-name` counts. */
export const CapsuleConfiguration = defineKind({
  group: capsuleGroup,
  kind: 'CapsuleConfiguration',
  plural: 'capsuleconfigurations',
  singular: 'capsuleconfiguration',
  shortNames: [],
  categories: [],
  scope: 'Cluster',
  versions: [
    { name: 'v1beta2' },
    {
      name: 'v1alpha1',
      deprecationWarning: 'v1alpha1 CapsuleConfiguration is deprecated, upgrade to v1beta2',
    },
  ],
  description: 'Settings of tenancy for the whole cluster.',
  columns: readinessColumns,
  shape: {},
  crdAnnotations: {},
  spec: CapsuleConfigurationSpec,
  status: CapsuleConfigurationStatus,
});
export type CapsuleConfiguration = ObjectOf<typeof CapsuleConfiguration>;
