import { freshName } from './cluster.ts';
import { eventually } from './eventually.ts';
import { home } from './estate-objects.ts';
import { applyAll } from './install.ts';
import { account, type KustomizeHarness } from './kustomize-harness.ts';
import { installWidgets } from './widget.ts';
import type { JsonValue, KubeObject, ResourceType } from '../../src/kube/object.ts';

/** A kind of custom resources that tenants may use, which nothing gives a status but the test. */
export interface TenantWidgets {
  type: ResourceType;
  /** A manifest. */
  manifest(name: string, extra?: object): string;
  /** Lets the namespace's account do what it likes with its widgets. */
  grant(namespace: string): Promise<void>;
  /** What its controller would say. */
  setStatus(namespace: string, name: string, status: JsonValue): Promise<void>;
}

/** Installs the kind; `isWatched`: and lets the manager watch it. */
export async function installTenantWidgets(
  harness: KustomizeHarness,
  isWatched: boolean,
): Promise<TenantWidgets> {
  const type = await installWidgets();
  const { group, plural } = type;
  const role = freshName('widgets');
  const subject = (name: string, namespace: string) => ({
    kind: 'ServiceAccount',
    name,
    namespace,
  });
  const rbac = (kind: string, metadata: object, rest: object): KubeObject => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind,
    metadata: metadata as KubeObject['metadata'],
    ...rest,
  });
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role };
  const rules = [{ apiGroups: [group], resources: [plural], verbs: ['*'] }];
  await applyAll(harness.admin, [rbac('ClusterRole', { name: role }, { rules })]);
  if (isWatched) {
    const subjects = [subject('tenantry', home)];
    const binding = rbac('ClusterRoleBinding', { name: role }, { subjects, roleRef });
    await applyAll(harness.admin, [binding]);
    await untilAllowed(harness, type, { name: 'tenantry', namespace: home });
  }
  return {
    type,
    manifest: (name, extra = {}) =>
      JSON.stringify({
        apiVersion: `${group}/v1`,
        kind: 'Widget',
        metadata: { name, ...extra },
        spec: { size: 1 },
      }),
    async grant(namespace) {
      const subjects = [subject(account, namespace)];
      const binding = rbac('RoleBinding', { name: role, namespace }, { subjects, roleRef });
      await applyAll(harness.admin, [binding]);
      await untilAllowed(harness, type, { name: account, namespace }, namespace);
    },
    async setStatus(namespace, name, status) {
      const patch = { type: 'merge', body: { status } } as const;
      await harness.admin.patch(type, { namespace, name }, patch, { subresource: 'status' });
    },
  };
}

/** The API server hears of new roles a moment after they are written. */
async function untilAllowed(
  { admin }: KustomizeHarness,
  { group, plural }: ResourceType,
  user: { name: string; namespace: string },
  namespace?: string,
): Promise<void> {
  const resourceAttributes = { group, resource: plural, verb: 'watch', namespace };
  await eventually(`${user.name} may use widgets`, async () => {
    const { status } = await admin.raw<{ status: { allowed: boolean } }>({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: { user: `system:serviceaccount:${user.namespace}:${user.name}`, resourceAttributes },
      },
    });
    return status.allowed ? true : undefined;
  });
}
