import { requestedAtAnnotation } from '../../api/annotations.ts';
import { GlobalTenantResource } from '../../api/capsule/global-tenant-resource.ts';
import { metadataNameLabel } from '../../api/capsule/labels.ts';
import { namespaceNameLabel } from '../../api/labels.ts';
import { serviceAccountUser } from '../../access/service-account-user.ts';
import { homeRole } from '../../access/reconcilers/policies.ts';
import { clusterRole } from '../../access/tenancy/ownership.ts';
import { secretType } from '../../kube/core-resources.ts';
import {
  apiVersionOf,
  type KubeObject,
  type ObjectMeta,
  type ResourceType,
} from '../../kube/object.ts';
import {
  clusterRoleBindingType,
  clusterRoleType,
  roleBindingType,
} from '../shared/rbac-resources.ts';
import type { FreeName } from './free-name.ts';
import { withMarks } from './marks.ts';
import {
  distributionName,
  impersonatorName,
  kubeconfigName,
  tokenName,
  type Account,
} from './names.ts';

/** Kinds of what accounts get, in the order it is made; the role is what its traces are found by. */
export const equipmentTypes: readonly ResourceType[] = [
  clusterRoleType,
  clusterRoleBindingType,
  roleBindingType,
  secretType,
  GlobalTenantResource.type,
];

export interface Wish {
  account: Account;
  /** Of the ServiceAccount: what is in its namespace goes when it goes. */
  uid: string;
  /** A token Secret besides, as capsule-addon-fluxcd makes it. */
  legacyToken: boolean;
  freeName: FreeName;
}

/** The objects that an account gets, by kind; the kubeconfig's Secret without its content. */
export function wantedObjects(wish: Wish): ReadonlyMap<ResourceType, KubeObject[]> {
  const { account, legacyToken, freeName } = wish;
  const home = homeMetadata(wish);
  const role = freeName(clusterRoleType, impersonatorName(account));
  const binding = freeName(clusterRoleBindingType, impersonatorName(account));
  const objects: [ResourceType, KubeObject[]][] = [
    [clusterRoleType, [impersonator(role, account)]],
    [clusterRoleBindingType, [bindingOf({ name: binding }, role, account)]],
    [roleBindingType, [bindingOf(home(account.name), homeRole, account)]],
    [
      secretType,
      [
        secret(home(kubeconfigName(account)), 'Opaque'),
        ...(legacyToken ? [legacyTokenSecret(home(tokenName(account)), account)] : []),
      ],
    ],
  ];
  return new Map(
    objects.map(([type, wanted]) => [type, wanted.map((object) => withMarks(object, account))]),
  );
}

function homeMetadata({ account, uid }: Wish) {
  const owner = { apiVersion: 'v1', kind: 'ServiceAccount', name: account.name, uid };
  return (name: string): ObjectMeta => ({
    name,
    namespace: account.namespace,
    ownerReferences: [owner],
  });
}

/** Where a kubeconfig is to be, beside its home. */
export interface Distribution {
  account: Account;
  /** Tenants in all of whose namespaces it is. */
  everywhere: readonly string[];
  /** As whom it is copied: it must outlast what the account may do. */
  distributor: Account;
  /** Version of the Secret: a new one asks for new copies, which nothing else would tell of. */
  version: string;
  freeName: FreeName;
}

/** What copies the kubeconfig of an account into the namespaces of its tenants. */
export function wantedDistributions({
  account,
  everywhere,
  distributor,
  version,
  freeName,
}: Distribution): ReadonlyMap<ResourceType, KubeObject[]> {
  const objects = everywhere.map((tenant) => {
    const name = freeName(GlobalTenantResource.type, distributionName(tenant, account));
    const { metadata, ...object } = distribution(name, tenant, { account, distributor });
    const annotations = { [requestedAtAnnotation]: version };
    return withMarks({ ...object, metadata: { ...metadata, annotations } }, account);
  });
  return new Map([[GlobalTenantResource.type, objects]]);
}

/** The account becomes itself, and nobody else: so its requests pass a proxy, and admission, as its own. */
const impersonator = (name: string, account: Account) =>
  clusterRole({ name }, [
    {
      apiGroups: [''],
      resources: ['users'],
      verbs: ['impersonate'],
      resourceNames: [serviceAccountUser(account.namespace, account.name)],
    },
  ]);

/** Binds the role in the namespace of `metadata`, or in the whole cluster. */
function bindingOf(metadata: ObjectMeta, role: string, account: Account): KubeObject {
  const { group } = clusterRoleType;
  return {
    apiVersion: apiVersionOf(clusterRoleType),
    kind: metadata.namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata,
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'ServiceAccount', ...account }],
  };
}

const secret = (metadata: ObjectMeta, type: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata,
  type,
});

const legacyTokenSecret = (metadata: ObjectMeta, { name }: Account) =>
  secret(
    { ...metadata, annotations: { 'kubernetes.io/service-account.name': name } },
    'kubernetes.io/service-account-token',
  );

/**
 * Copies the Secret into the tenant's namespaces. Not as the account: who owns the tenant no longer
 * could not take the copies away. The kubeconfig stays out of the object, which more people may read.
 */
function distribution(
  name: string,
  tenant: string,
  { account, distributor }: Pick<Distribution, 'account' | 'distributor'>,
) {
  const { namespace } = account;
  const isElsewhere = { key: namespaceNameLabel, operator: 'NotIn', values: [namespace] };
  return {
    apiVersion: apiVersionOf(GlobalTenantResource.type),
    kind: GlobalTenantResource.kind,
    metadata: { name },
    spec: {
      tenantSelector: { matchLabels: { [metadataNameLabel]: tenant } },
      serviceAccount: { ...distributor },
      resources: [
        {
          namespaceSelector: { matchExpressions: [isElsewhere] },
          namespacedItems: [
            { apiVersion: 'v1', kind: 'Secret', namespace, name: kubeconfigName(account) },
          ],
        },
      ],
    },
  };
}
