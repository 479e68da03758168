import { freshName } from './cluster.ts';
import { home } from './estate-objects.ts';
import { applyAll } from './install.ts';
import { account, type KustomizeHarness } from './kustomize-harness.ts';
import { untilAllowed } from './until-allowed.ts';
import { installWidgets } from './widget.ts';
import { serviceAccountIdentity } from '../../src/kube/identity.ts';
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
  const { admin } = harness;
  const watching = { verb: 'watch', group, resource: plural };
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
  await applyAll(admin, [rbac('ClusterRole', { name: role }, { rules })]);
  if (isWatched) {
    const subjects = [subject('tenantry', home)];
    const binding = rbac('ClusterRoleBinding', { name: role }, { subjects, roleRef });
    await applyAll(admin, [binding]);
    await untilAllowed(admin, serviceAccountIdentity(home, 'tenantry'), watching);
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
      await applyAll(admin, [binding]);
      await untilAllowed(admin, serviceAccountIdentity(namespace, account), {
        ...watching,
        namespace,
      });
    },
    async setStatus(namespace, name, status) {
      const patch = { type: 'merge', body: { status } } as const;
      await admin.patch(type, { namespace, name }, patch, { subresource: 'status' });
    },
  };
}
