import type { Plane } from '../../src/engines/plane/plane.ts';
import { startPlane } from '../../src/engines/plane/start-plane.ts';
import type { OwnClient } from '../../src/kube/client.ts';
import { createClient } from '../../src/kube/connect.ts';
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts';
import type { KubeObject, ObjectKey } from '../../src/kube/object.ts';
import { editBinding, namespace as namespaceObject } from './estate-objects.ts';
import { applyAll } from './install.ts';
import { binding, kubeconfigText, tokenOf, type KubeconfigParts } from './remote-cluster.ts';

/** A control plane of its own, to which kubeconfigs of tenants lead. Nothing of ours is installed. */
export interface SecondCluster extends AsyncDisposable {
  plane: Plane;
  admin: OwnClient;
  /** A new ServiceAccount that may edit the namespace, which is made if need be; a token of it. */
  deployer(namespace: string, name: string): Promise<string>;
  /** A kubeconfig that leads here; `parts` add to what is needed, and override it. */
  kubeconfig(parts: KubeconfigParts): string;
}

export async function startSecondCluster(): Promise<SecondCluster> {
  const plane = await startPlane();
  const admin = createClient({ cluster: await loadKubeconfig({ paths: [plane.kubeconfig] }) });
  return {
    plane,
    admin,
    async deployer(namespace, name) {
      const metadata = { name, namespace };
      const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata };
      await applyAll(admin, [namespaceObject(namespace), account, editBinding(namespace, name)]);
      return tokenOf(admin, metadata);
    },
    kubeconfig({ cluster, user }) {
      const certificate = Buffer.from(plane.caPem).toString('base64');
      const { server } = plane;
      const here = { server, 'certificate-authority-data': certificate };
      return kubeconfigText({ cluster: { ...here, ...cluster }, ...(user && { user }) });
    },
    async [Symbol.asyncDispose]() {
      await admin.close();
      await plane.stop();
    },
  };
}

/** A Secret with a kubeconfig, and the right of the namespace's `default` account to read it. */
export function readableKubeconfig(key: Required<ObjectKey>, value: string): KubeObject[] {
  const rule = { apiGroups: [''], resources: ['secrets'], resourceNames: [key.name] };
  const role = { kind: 'Role', name: key.name } as const;
  return [
    { apiVersion: 'v1', kind: 'Secret', metadata: key, stringData: { value } },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: key,
      rules: [{ ...rule, verbs: ['get'] }],
    },
    binding(key.namespace, 'default', role),
  ];
}
