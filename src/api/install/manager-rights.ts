import { kinds } from '../kinds.ts';
import { leaseGrant, type Grant } from './role.ts';

/** Extra keys that the manager may put beside an impersonated user, for the API server's audit log. */
export const auditExtraResources = ['tenant', 'object', 'commit'].map(
  (key) => `userextras/tenantry.dev/${key}`,
);

/** Rights over our own kinds, for each kind declared. */
function ownKinds(): Grant[] {
  return kinds.flatMap(({ group, plural }) => [
    {
      why: 'read what to do; add and remove our finalizer. Never create or delete.',
      apiGroups: [group],
      resources: [plural],
      verbs: ['get', 'list', 'watch', 'patch'],
    },
    {
      why: 'say what was done.',
      apiGroups: [group],
      resources: [`${plural}/status`],
      verbs: ['patch'],
    },
  ]);
}

/** What the manager needs in every cluster, in every namespace. */
export function managerGrants(): Grant[] {
  return [
    ...ownKinds(),
    {
      why: 'labels, which grants in spec.accessFrom select on.',
      apiGroups: [''],
      resources: ['namespaces'],
      verbs: ['get', 'list', 'watch'],
    },
    {
      why: 'tell what happened, beside the object it happened to.',
      apiGroups: [''],
      resources: ['events'],
      verbs: ['create', 'patch'],
    },
    {
      why: 'find out whose token asks for an artifact.',
      apiGroups: ['authentication.k8s.io'],
      resources: ['tokenreviews'],
      verbs: ['create'],
    },
    {
      why: 'name the tenant, object and commit in the audit log of an impersonated request.',
      apiGroups: ['authentication.k8s.io'],
      resources: auditExtraResources,
      verbs: ['impersonate'],
    },
  ];
}

/**
 * What the manager needs where tenants are. These two are what a stolen manager identity is worth:
 * bind them to chosen namespaces to bound it. `users` and `groups` are not among them: with groups
 * one can become system:masters, and the API server adds a ServiceAccount's own groups by itself.
 */
export const tenantGrants: readonly Grant[] = [
  {
    why: 'act as the ServiceAccount an object names, and say when it does not exist.',
    apiGroups: [''],
    resources: ['serviceaccounts'],
    verbs: ['get', 'impersonate'],
  },
  {
    why: 'credentials that a source refers to, one by one; never listed.',
    apiGroups: [''],
    resources: ['secrets'],
    verbs: ['get'],
  },
];

/** What it needs there besides when its components run apart. */
export const separateTenantGrants: readonly Grant[] = [
  {
    why: "fetch an artifact as its consumer, with a token for the artifact server's audience.",
    apiGroups: [''],
    resources: ['serviceaccounts/token'],
    verbs: ['create'],
  },
];

/** What the manager needs in its own namespace. */
export const homeGrants: readonly Grant[] = [leaseGrant];

/**
 * Kinds whose objects are watched after they were applied, so that drift and health are seen at
 * once. Secrets are left out on purpose: they are compared at the interval, as the tenant.
 */
const watchedKinds: Readonly<Record<string, readonly string[]>> = {
  '': [
    'configmaps',
    'limitranges',
    'persistentvolumeclaims',
    'pods',
    'replicationcontrollers',
    'resourcequotas',
    'serviceaccounts',
    'services',
  ],
  'apiextensions.k8s.io': ['customresourcedefinitions'],
  apps: ['daemonsets', 'deployments', 'replicasets', 'statefulsets'],
  autoscaling: ['horizontalpodautoscalers'],
  batch: ['cronjobs', 'jobs'],
  'networking.k8s.io': ['ingressclasses', 'ingresses', 'networkpolicies'],
  policy: ['poddisruptionbudgets'],
  'rbac.authorization.k8s.io': ['clusterrolebindings', 'clusterroles', 'rolebindings', 'roles'],
  'scheduling.k8s.io': ['priorityclasses'],
  'storage.k8s.io': ['storageclasses'],
};

/** What the manager watches by default; further kinds are added by labelled ClusterRoles. */
export const watchGrants: readonly Grant[] = Object.entries(watchedKinds).map(
  ([group, resources]) => ({
    why: 'see drift and health of applied objects at once.',
    apiGroups: [group],
    resources,
    verbs: ['list', 'watch'],
  }),
);
