import type { KubeObject } from '../../kube/object.ts';
import { webhookServiceName } from '../capsule/admission.ts';
import { capsuleKinds } from '../capsule/kinds.ts';
import { grantingKinds } from '../kinds.ts';
import { capsuleGroup } from '../capsule/group.ts';
import { clusterName, installLabels, managerName, type InstallOptions } from './options.ts';
import { replicationRbac } from './replication-rights.ts';
import { bindingOf, leaseGrant, roleOf, type Grant } from './role.ts';
import { serviceOf } from './service.ts';

/** ClusterRole by which the tenancy component labels what is in a namespace that has changed tenants. */
export const labellerRole = (namespace: string) =>
  clusterName(`${managerName}-labels`, { namespace });

/** Deployment and ServiceAccount of the tenancy component. */
export const tenancyName = `${managerName}-tenancy`;

const all = ['get', 'list', 'watch', 'create', 'patch', 'delete'];

/** Kinds whose objects tenants may or may not use. */
const classGrants: readonly Grant[] = [
  ['', 'persistentvolumes'],
  ['gateway.networking.k8s.io', 'gatewayclasses'],
  ['networking.k8s.io', 'ingressclasses'],
  ['networking.k8s.io', 'ingresses'],
  ['node.k8s.io', 'runtimeclasses'],
  ['resource.k8s.io', 'deviceclasses'],
  ['scheduling.k8s.io', 'priorityclasses'],
  ['storage.k8s.io', 'storageclasses'],
].map(([group = '', resource = '']) => ({
  why: 'what there is of what tenants may be allowed to use.',
  apiGroups: [group],
  resources: [resource],
  verbs: ['get', 'list', 'watch'],
}));

/**
 * What tenancy needs. It is much: who hands out roles must be able to. That is why it runs apart
 * from what renders and applies tenants' manifests, which has none of it.
 */
export const tenancyGrants: readonly Grant[] = [
  {
    why: 'read tenants; write what follows from them.',
    apiGroups: [capsuleGroup],
    resources: capsuleKinds.map(({ plural }) => plural),
    verbs: all,
  },
  {
    why: 'say what was done.',
    apiGroups: [capsuleGroup],
    resources: capsuleKinds.map(({ plural }) => `${plural}/status`),
    verbs: ['patch'],
  },
  {
    why: 'hand the verbs of ownership to owners and administrators.',
    apiGroups: [capsuleGroup],
    resources: ['tenants', 'capsuleconfigurations'],
    verbs: [
      'own',
      'extend',
      'extend-freely',
      'name-freely',
      'label-freely',
      'label-nothing',
      'promote',
      'promote-owners',
      'uncordon',
      'use',
      'administer',
    ],
  },
  {
    why: 'be known as the control plane to rules of tenants.',
    apiGroups: [capsuleGroup],
    resources: ['capsuleconfigurations'],
    verbs: ['control'],
  },
  {
    why: "put tenants' metadata on their namespaces; hand out the right to ask for them.",
    apiGroups: [''],
    resources: ['namespaces'],
    verbs: all,
  },
  ...classGrants,
  {
    why: 'what a tenant has in each of its namespaces.',
    apiGroups: [''],
    resources: ['limitranges', 'resourcequotas'],
    verbs: all,
  },
  {
    why: 'what a tenant has in each of its namespaces.',
    apiGroups: ['networking.k8s.io'],
    resources: ['networkpolicies'],
    verbs: all,
  },
  {
    why: "put tenants' metadata on their objects, and see which accounts are promoted.",
    apiGroups: [''],
    resources: ['pods', 'services', 'persistentvolumes', 'serviceaccounts'],
    verbs: ['list', 'watch', 'patch'],
  },
  {
    why: 'end what deploys before the namespaces of a tenant that is deleted.',
    apiGroups: ['kustomize.toolkit.fluxcd.io'],
    resources: ['kustomizations'],
    verbs: ['list', 'watch', 'delete'],
  },
  {
    why: 'end what deploys before the namespaces of a tenant that is deleted.',
    apiGroups: ['helm.toolkit.fluxcd.io'],
    resources: ['helmreleases'],
    verbs: ['list', 'watch', 'delete'],
  },
  {
    why: 'say what holds a namespace that is being deleted: names and finalizers of any kind.',
    apiGroups: ['*'],
    resources: ['*'],
    verbs: ['list'],
  },
  {
    why: "put tenants' metadata on their objects.",
    apiGroups: ['discovery.k8s.io'],
    resources: ['endpointslices'],
    verbs: ['list', 'watch', 'patch'],
  },
  {
    why: 'who may do what: the roles of tenants, and the roles that tenants name.',
    apiGroups: ['rbac.authorization.k8s.io'],
    resources: ['clusterroles', 'clusterrolebindings', 'rolebindings'],
    verbs: [...all, 'bind'],
  },
  {
    why: 'let the account of a replication change what the replication made.',
    apiGroups: [capsuleGroup],
    resources: ['globaltenantresources', 'tenantresources'],
    verbs: ['replicate'],
  },
  {
    why: 'replicate as the account that a replication names.',
    apiGroups: [''],
    resources: ['serviceaccounts'],
    verbs: ['impersonate'],
  },
  {
    why: 'name the replication in the audit log of what is done for it.',
    apiGroups: ['authentication.k8s.io'],
    resources: ['userextras/tenantry.dev/object'],
    verbs: ['impersonate'],
  },
  {
    why: 'the rules that the API server itself holds.',
    apiGroups: ['admissionregistration.k8s.io'],
    resources: [
      'mutatingadmissionpolicies',
      'mutatingadmissionpolicybindings',
      'validatingadmissionpolicies',
      'validatingadmissionpolicybindings',
    ],
    verbs: all,
  },
  {
    why: 'where the API server finds the webhooks.',
    apiGroups: ['admissionregistration.k8s.io'],
    resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
    verbs: all,
  },
  {
    why: 'labels that sources are shared by, which tenants may not set.',
    apiGroups: [...new Set(grantingKinds.map(({ group }) => group))],
    resources: grantingKinds.map(({ plural }) => plural),
    verbs: ['get', 'list', 'watch'],
  },
  {
    why: 'find out whether who asks a webhook administers tenants by another role.',
    apiGroups: ['authorization.k8s.io'],
    resources: ['subjectaccessreviews'],
    verbs: ['create'],
  },
  {
    why: 'tell what happened; hear what controllers could not create for want of quota.',
    apiGroups: ['', 'events.k8s.io'],
    resources: ['events'],
    verbs: ['create', 'patch', 'list', 'watch'],
  },
];

const homeGrants: readonly Grant[] = [
  leaseGrant,
  {
    why: 'make the certificate of the webhooks.',
    apiGroups: [''],
    resources: ['secrets'],
    verbs: ['create'],
  },
];

/** The one Secret that is read and renewed, by its name unless the configuration has another. */
const certificateGrant: Grant = {
  why: 'renew the certificate of the webhooks, the same for all replicas.',
  apiGroups: [''],
  resources: ['secrets'],
  resourceNames: ['capsule-tls'],
  verbs: ['get', 'list', 'watch', 'update'],
};

/** Bound to the tenancy component in one namespace at a time, for as long as it labels what is there. */
const labellerGrant: Grant = {
  why: 'label what is in a namespace that has changed tenants.',
  apiGroups: ['*'],
  resources: ['*'],
  verbs: ['patch'],
};

/** The ServiceAccount of the tenancy component and all of its rights. */
export function tenancyRbac(options: InstallOptions): KubeObject[] {
  const { namespace } = options;
  const labels = installLabels(options);
  const account = { name: tenancyName, namespace };
  const home = { name: tenancyName, namespace, labels };
  const role = { name: clusterName(tenancyName, options), labels };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: home },
    roleOf(role, tenancyGrants),
    bindingOf(role, { kind: 'ClusterRole', name: role.name }, account),
    roleOf(home, [...homeGrants, certificateGrant]),
    bindingOf(home, { kind: 'Role', name: tenancyName }, account),
    roleOf({ name: labellerRole(namespace), labels }, [labellerGrant]),
    ...replicationRbac(options, account),
  ];
}

/** Where API servers find the webhooks. */
export function webhookService(options: InstallOptions): KubeObject {
  const port = { name: 'webhooks', port: 443 };
  return serviceOf({ name: webhookServiceName, app: tenancyName, port }, options);
}
