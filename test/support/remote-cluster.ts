import { loadKubeconfig } from '../../src/kube/kubeconfig.ts';
import type { OwnClient } from '../../src/kube/client.ts';
import { serviceAccountIdentity } from '../../src/kube/identity.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { clusterContext, freshName } from './cluster.ts';
import { applyAll } from './install.ts';
import { account, type KustomizeHarness } from './kustomize-harness.ts';
import { untilAllowed } from './until-allowed.ts';

const rbac = 'rbac.authorization.k8s.io';

/** What a kubeconfig says of its cluster and its user, in its own words. */
export interface KubeconfigParts {
  cluster?: Record<string, unknown>;
  user?: Record<string, unknown>;
}

/** A kubeconfig with one context. */
export function kubeconfigText({ cluster, user }: KubeconfigParts): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user: user ?? {} }],
  });
}

/** How the run's own plane is reached, as a kubeconfig's cluster. */
export async function planeCluster(): Promise<{
  server: string;
  'certificate-authority-data': string;
}> {
  const { server, ca = '' } = await loadKubeconfig({ paths: [clusterContext().kubeconfig] });
  return {
    server: server.replace(/\/$/, ''),
    'certificate-authority-data': Buffer.from(ca).toString('base64'),
  };
}

/** The same server by another name: another cluster, as far as anybody can tell from outside. */
export const byOtherName = (server: string) => server.replace('127.0.0.1', 'localhost');

/** A namespace of the cluster that is applied to, and a user who may do as `role` says in it, or nothing. */
export interface RemoteSide {
  namespace: string;
  token: string;
  kubeconfig(parts?: KubeconfigParts): Promise<string>;
}

/** The run's plane, seen as a cluster elsewhere: with a user whom nothing else knows. */
export async function remoteSide(
  admin: OwnClient,
  role: string | null = 'admin',
): Promise<RemoteSide> {
  const namespace = freshName('remote');
  const name = 'remote-user';
  await applyAll(admin, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
  ]);
  if (role !== null) {
    await applyAll(admin, [binding(namespace, name, { kind: 'ClusterRole', name: role })]);
    const looking = { verb: 'get', resource: 'configmaps', namespace };
    await untilAllowed(admin, serviceAccountIdentity(namespace, name), looking);
  }
  const token = await tokenOf(admin, { namespace, name });
  return {
    namespace,
    token,
    async kubeconfig({ cluster, user } = {}) {
      const plane = await planeCluster();
      return kubeconfigText({ cluster: { ...plane, ...cluster }, user: { token, ...user } });
    },
  };
}

/** A token of a ServiceAccount, for the API server itself. */
export async function tokenOf(
  admin: OwnClient,
  key: { namespace: string; name: string },
): Promise<string> {
  const { status } = await admin.raw<{ status: { token: string } }>({
    method: 'POST',
    path: `/api/v1/namespaces/${key.namespace}/serviceaccounts/${key.name}/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
  });
  return status.token;
}

export function binding(
  namespace: string,
  subject: string,
  role: { kind: 'Role' | 'ClusterRole'; name: string },
  subjectNamespace = namespace,
): KubeObject {
  return {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name: `${subject}-${role.name}`, namespace },
    subjects: [{ kind: 'ServiceAccount', name: subject, namespace: subjectNamespace }],
    roleRef: { apiGroup: rbac, ...role },
  };
}

/** A namespace whose account may read the Secret `remote` and do nothing else here. */
export async function tenantOfRemote(
  harness: KustomizeHarness,
  kubeconfig: string,
): Promise<string> {
  const namespace = await harness.tenant('tenant', null);
  await applyAll(harness.admin, [
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: { name: 'reader', namespace },
      rules: [
        {
          apiGroups: [''],
          resources: ['secrets', 'configmaps'],
          resourceNames: ['remote'],
          verbs: ['get'],
        },
      ],
    },
    binding(namespace, account, { kind: 'Role', name: 'reader' }),
    binding(namespace, 'default', { kind: 'Role', name: 'reader' }),
    kubeconfigSecret(namespace, kubeconfig),
  ]);
  const reading = { verb: 'get', resource: 'secrets', name: 'remote', namespace };
  for (const name of [account, 'default'])
    await untilAllowed(harness.admin, serviceAccountIdentity(namespace, name), reading);
  return namespace;
}

export function kubeconfigSecret(namespace: string, text: string, key = 'value'): KubeObject {
  const data = { [key]: Buffer.from(text).toString('base64') };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'remote', namespace }, data };
}

/** The spec of a Kustomization that applies as the kubeconfig's user. */
export const toRemote = { kubeConfig: { secretRef: { name: 'remote' } }, serviceAccountName: '' };
