import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isNotFound } from '../../src/kube/api-error.ts';
import { parseKubeconfig, selectContext } from '../../src/kube/kubeconfig-document.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import {
  installBridge,
  startBridge,
  type Bridge,
  type BridgeHarnessOptions,
} from './bridge-harness.ts';
import { freshName, type KubectlResult } from './cluster.ts';
import { eventually } from './eventually.ts';
import { startTenancyPlane, type TenancyPlane } from './tenancy-plane.ts';

/** Name of the accounts that deploy tenants, and the annotations they ask by. */
export const reconciler = 'gitops-reconciler';
export const enabled = { 'capsule.addon.fluxcd/enabled': 'true' };
export const global = { ...enabled, 'capsule.addon.fluxcd/kubeconfig-global': 'true' };

/** Tenancy with replication, and the bridge with the rights of its account alone, on a plane of their own. */
export interface BridgeWorld extends AsyncDisposable {
  plane: TenancyPlane;
  readonly bridge: Bridge;
  /** Another bridge in its place. */
  restartBridge(options?: BridgeHarnessOptions): Promise<void>;
  /** A new namespace that is no tenant's. */
  home(): Promise<string>;
  /** A home and a Tenant that an account in it owns; the account is not there yet. */
  tenant(): Promise<{ name: string; home: string }>;
  /** As `kubectl get` does; undefined when there is no such object. */
  find(...words: string[]): Promise<KubeObject | undefined>;
  kubeconfigOf(namespace: string, account?: string): Promise<string | undefined>;
  /** Until there is one. */
  issued(namespace: string, account?: string): Promise<string>;
  /** Runs kubectl as whoever holds the kubeconfig. */
  as(kubeconfig: string, ...args: string[]): Promise<KubectlResult>;
  annotate(home: string, ...annotations: string[]): Promise<string>;
}

export async function startBridgeWorld(spec: object = {}): Promise<BridgeWorld> {
  const templates = { execute: () => Promise.reject(new Error('there are no templates')) };
  const plane = await startTenancyPlane(spec, freshName('config'), { replication: { templates } });
  const folder = await mkdtemp(path.join(tmpdir(), 'bridge-'));
  const place = {
    kubeconfig: await installBridge(plane),
    endpoint: { server: plane.plane.server, ca: plane.plane.caPem },
  };
  let bridge = await startBridge(place);
  const { kubectl, kubectlOk, apply } = plane;
  async function home() {
    const name = freshName('home');
    await apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }]);
    return name;
  }
  const find: BridgeWorld['find'] = (...words) =>
    plane.get(...words).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
  async function kubeconfigOf(namespace: string, account = reconciler) {
    const secret = await find('-n', namespace, 'secret', `${account}-kubeconfig`);
    const { kubeconfig } = (secret?.['data'] ?? {}) as Record<string, string>;
    return kubeconfig === undefined ? undefined : Buffer.from(kubeconfig, 'base64').toString();
  }
  return {
    plane,
    get bridge() {
      return bridge;
    },
    async restartBridge(options) {
      await bridge[Symbol.asyncDispose]();
      bridge = await startBridge(place, options);
    },
    home,
    async tenant() {
      const at = await home();
      const name = at.replace('home', 'oil');
      await apply([tenantOf(name, `${at}:${reconciler}`)]);
      return { name, home: at };
    },
    find,
    kubeconfigOf,
    issued: (namespace, account) =>
      eventually(`a kubeconfig in ${namespace}`, () => kubeconfigOf(namespace, account)),
    async as(kubeconfig, ...args) {
      const file = path.join(folder, freshName('kubeconfig'));
      await writeFile(file, kubeconfig);
      return await kubectl(args, { kubeconfig: file });
    },
    annotate: (at, ...annotations) =>
      kubectlOk(['-n', at, 'annotate', '--overwrite', 'sa', reconciler, ...annotations]),
    async [Symbol.asyncDispose]() {
      await bridge[Symbol.asyncDispose]();
      await plane[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** An account that is to deploy tenants. */
export const account = (
  namespace: string,
  annotations: Record<string, string> = enabled,
  name = reconciler,
): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace, annotations },
});

const capsule = (kind: string, metadata: KubeObject['metadata'], spec: object): KubeObject => ({
  apiVersion: 'capsule.clastix.io/v1beta2',
  kind,
  metadata,
  spec,
});

/** A Tenant that ServiceAccounts own, each as `namespace:name`. */
export const tenantOf = (name: string, ...owners: string[]): KubeObject =>
  capsule(
    'Tenant',
    { name },
    {
      owners: owners.map((owner) => ({
        kind: 'ServiceAccount',
        name: `system:serviceaccount:${owner}`,
      })),
    },
  );

/** A Tenant with any spec. */
export const tenantWith = (name: string, spec: object) => capsule('Tenant', { name }, spec);

/** A TenantOwner for the tenant: a ServiceAccount, as `namespace:name`. */
export const tenantOwner = (tenant: string, owner: string): KubeObject =>
  capsule(
    'TenantOwner',
    { name: tenant, labels: { 'projectcapsule.dev/tenant': tenant } },
    { kind: 'ServiceAccount', name: `system:serviceaccount:${owner}` },
  );

export const tokenIn = (kubeconfig: string) =>
  selectContext(parseKubeconfig(kubeconfig)).user.token ?? '';
