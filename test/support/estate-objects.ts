import type { KubeObject } from '../../src/kube/object.ts';

/** The home of the control plane and of shared sources. */
export const home = 'flux-system';

/** The manifest of a ConfigMap, as tenants keep it in Git. */
export function configMap(name: string, value: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  value: "${value}"\n`;
}

export const namespace = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name },
});

/** A tenant: its namespace, the ServiceAccount Git is applied as, and what that may do. */
export function tenantObjects(tenant: string): KubeObject[] {
  const name = 'gitops-reconciler';
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } };
  return [
    namespace(tenant),
    { ...account, metadata: { name, namespace: tenant } },
    editBinding(tenant, name),
  ];
}

/** Lets a ServiceAccount of the namespace do in it what Kubernetes' own role `edit` may. */
export function editBinding(tenant: string, account: string): KubeObject {
  const apiGroup = 'rbac.authorization.k8s.io';
  return {
    apiVersion: `${apiGroup}/v1`,
    kind: 'RoleBinding',
    metadata: { name: account, namespace: tenant },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace: tenant }],
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'edit' },
  };
}

/** A GitRepository on branch `main`; `spec` adds and overrides. */
export function gitRepository(
  key: { namespace: string; name: string },
  spec: { url: string } & Record<string, unknown>,
): KubeObject {
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: key,
    spec: { interval: '10m', ref: { branch: 'main' }, ...spec },
  };
}

/** A grant to exactly these namespaces, for `spec.accessFrom`. */
export function grantTo(namespaces: readonly string[]) {
  return {
    namespaceSelectors: namespaces.map((name) => ({
      matchLabels: { 'kubernetes.io/metadata.name': name },
    })),
  };
}

/** A tenant's Kustomization on its own directory of the shared source; `spec` adds and overrides. */
export function kustomization(
  key: { namespace: string; name: string },
  spec: Record<string, unknown> = {},
): KubeObject {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: key,
    spec: {
      interval: '10m',
      retryInterval: '1s',
      path: `./${key.namespace}`,
      prune: true,
      targetNamespace: key.namespace,
      serviceAccountName: 'gitops-reconciler',
      sourceRef: { kind: 'GitRepository', name: 'fleet', namespace: home },
      ...spec,
    },
  };
}
