import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { requestedAtAnnotation } from '../../src/api/annotations.ts';
import { installManifests } from '../../src/api/install/manifests.ts';
import { defaultInstallOptions } from '../../src/api/install/options.ts';
import { Kustomization } from '../../src/api/kustomize/kustomization.ts';
import { GitRepository } from '../../src/api/source/git-repository.ts';
import type { Plane } from '../../src/engines/plane/plane.ts';
import { startPlane } from '../../src/engines/plane/start-plane.ts';
import type { KubeClient, OwnClient } from '../../src/kube/client.ts';
import { createClient } from '../../src/kube/connect.ts';
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import type { CommitChanges } from './git-server-repository.ts';
import { startGitServer, type GitServer } from './git-server.ts';
import { startManager, type ManagerProcess } from './manager-process.ts';

export const configMaps = builtin('ConfigMap', 'configmaps');
const events = builtin('Event', 'events');

function builtin(kind: string, plural: string) {
  return { group: '', version: 'v1', kind, plural, namespaced: true };
}

/** The home of the control plane and of shared sources. */
export const home = 'flux-system';

/** Applies objects in order, as `kubectl apply --server-side` would. */
export async function applyAll(client: KubeClient, objects: readonly KubeObject[]): Promise<void> {
  for (const object of objects) {
    const type = await client.discovery.resourceFor(object.apiVersion, object.kind);
    if (!type) throw new Error(`${object.apiVersion} ${object.kind} is not served by this cluster`);
    await client.apply(type, object, { fieldManager: 'kubectl', force: true });
  }
}

/** What `tenantry install` exports, but the Deployment: the manager runs outside the cluster. */
export async function install(client: KubeClient): Promise<void> {
  const manifests = installManifests(defaultInstallOptions);
  const [crds, rest] = [
    manifests.filter(({ kind }) => kind === 'CustomResourceDefinition'),
    manifests.filter(({ kind }) => !['CustomResourceDefinition', 'Deployment'].includes(kind)),
  ];
  await applyAll(client, crds);
  await applyAll(client, rest);
  await eventually('our kinds are served', async () => {
    client.discovery.invalidate();
    const served = await Promise.all(
      [GitRepository, Kustomization].map(({ type }) =>
        client.list(type, { limit: 1 }).catch(() => undefined),
      ),
    );
    return served.every(Boolean) ? true : undefined;
  });
}

/** A kubeconfig with the rights of the exported ClusterRole and no others. */
export function managerKubeconfig(plane: Plane): Promise<string> {
  return plane.clientKubeconfig({
    commonName: `system:serviceaccount:${home}:tenantry`,
    organizations: ['system:serviceaccounts', `system:serviceaccounts:${home}`],
  });
}

/** Looks until `look` returns something; fails with the last error or `what` after `seconds`. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined>,
  seconds = 60,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (let last: unknown; ;) {
    try {
      const found = await look();
      if (found !== undefined) return found;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export interface EstateOptions {
  tenants: string[];
  audit?: boolean;
}

/** A whole world for one end-to-end test: control plane, Git server, tenants; managers on demand. */
export interface Estate extends AsyncDisposable {
  admin: OwnClient;
  plane: Plane;
  git: GitServer;
  repository: string;
  tenants: string[];
  storagePath: string;
  startManager(flags?: string[]): Promise<ManagerProcess>;
  /** Creates the tenant's Kustomization on its directory of the repository. */
  deploy(tenant: string, spec?: Record<string, unknown>): Promise<void>;
  /** Commits to the shared repository and has the source fetched now; the new revision. */
  push(changes: CommitChanges): Promise<string>;
  /** Has the shared source fetched now. */
  requestSource(): Promise<void>;
  /**
   * Resolves when each tenant's Kustomization is Ready at the tip of the repository and its
   * namespace holds exactly this many ConfigMaps of ours; `namespace/name` to `data.value`.
   */
  equalsGit(counts: Record<string, number>): Promise<Map<string, string>>;
  /** UIDs of the ConfigMaps named `constant-*`. */
  uids(): Promise<Map<string, string>>;
  countEvents(): Promise<number>;
}

export async function startEstate({ tenants, audit = false }: EstateOptions): Promise<Estate> {
  await using starting = new AsyncDisposableStack();
  const storagePath = await mkdtemp(path.join(tmpdir(), 'tenantry-estate-'));
  starting.defer(() => rm(storagePath, { recursive: true, force: true }));
  const plane = await startPlane({ audit });
  starting.defer(() => plane.stop());
  const admin = createClient({ cluster: await loadKubeconfig({ paths: [plane.kubeconfig] }) });
  starting.defer(() => admin.close());
  await install(admin);
  const git = await startGitServer();
  starting.defer(() => git.stop());
  const repository = 'fleet';
  let tip = await git.createRepo(repository, { 'README.md': 'A fleet.' });
  await applyAll(admin, [
    sharedSource(git.url(repository), tenants),
    ...tenants.flatMap(tenantObjects),
  ]);
  const kubeconfig = await managerKubeconfig(plane);
  const managers = new Set<ManagerProcess>();
  starting.defer(async () => {
    for (const manager of managers) await manager.kill();
  });
  const running = starting.move();
  return {
    admin,
    git,
    repository,
    tenants,
    plane,
    storagePath,
    async startManager(flags = []) {
      const manager = await startManager({ kubeconfig, storagePath, flags });
      managers.add(manager);
      return manager;
    },
    deploy: (tenant, spec) => applyAll(admin, [kustomization(tenant, spec)]),
    async push(changes) {
      tip = await git.commit(repository, changes);
      await requestSource(admin);
      return `main@sha1:${tip}`;
    },
    requestSource: () => requestSource(admin),
    equalsGit: (counts) => equalsGit(admin, `main@sha1:${tip}`, counts),
    async uids() {
      const found = await ours(admin, tenants);
      const constant = found.filter(({ metadata }) => metadata.name.startsWith('constant-'));
      return new Map(
        constant.map(({ metadata }) => [
          `${metadata.namespace}/${metadata.name}`,
          metadata.uid ?? '',
        ]),
      );
    },
    countEvents: async () => (await admin.list(events)).items.length,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function requestSource(admin: KubeClient): Promise<void> {
  const annotations = { [requestedAtAnnotation]: `${Date.now()}-${Math.random()}` };
  const key = { namespace: home, name: 'fleet' };
  await admin.patch(GitRepository.type, key, {
    type: 'merge',
    body: { metadata: { annotations } },
  });
}

interface WithStatus extends KubeObject {
  status?: {
    lastAppliedRevision?: string;
    conditions?: { type: string; status: string; reason: string; message: string }[];
  };
}

function equalsGit(
  client: KubeClient,
  revision: string,
  counts: Record<string, number>,
): Promise<Map<string, string>> {
  return eventually(`the cluster equals Git at ${revision}`, async () => {
    for (const tenant of Object.keys(counts)) {
      const key = { namespace: tenant, name: 'apps' };
      const { status } = await client.get<WithStatus>(Kustomization.type, key);
      const ready = status?.conditions?.find(({ type }) => type === 'Ready');
      if (ready?.status !== 'True' || status?.lastAppliedRevision !== revision) {
        throw new Error(`${tenant}: ${JSON.stringify(ready)} at ${status?.lastAppliedRevision}`);
      }
    }
    const found = await ours(client, Object.keys(counts));
    for (const [tenant, count] of Object.entries(counts)) {
      const here = found.filter(({ metadata }) => metadata.namespace === tenant);
      if (here.length !== count) throw new Error(`${tenant} holds ${here.length}, not ${count}`);
    }
    return new Map(
      found.map((object) => [
        `${object.metadata.namespace}/${object.metadata.name}`,
        valueOf(object),
      ]),
    );
  });
}

const valueOf = (object: KubeObject) =>
  (object['data'] as { value?: string } | undefined)?.value ?? '';

async function ours(client: KubeClient, tenants: string[]): Promise<KubeObject[]> {
  const lists = await Promise.all(
    tenants.map((namespace) =>
      client.list(configMaps, {
        namespace,
        labelSelector: 'kustomize.toolkit.fluxcd.io/name=apps',
      }),
    ),
  );
  return lists.flatMap(({ items }) => items);
}

function sharedSource(url: string, tenants: string[]): KubeObject {
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { name: 'fleet', namespace: home },
    spec: {
      interval: '10m',
      url,
      ref: { branch: 'main' },
      accessFrom: {
        namespaceSelectors: tenants.map((name) => ({
          matchLabels: { 'kubernetes.io/metadata.name': name },
        })),
      },
    },
  };
}

/** A tenant: its namespace, the ServiceAccount Git is applied as, and what that may do. */
export function tenantObjects(namespace: string): KubeObject[] {
  const name = 'gitops-reconciler';
  const apiGroup = 'rbac.authorization.k8s.io';
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'RoleBinding',
      metadata: { name, namespace },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
      roleRef: { apiGroup, kind: 'ClusterRole', name: 'edit' },
    },
  ];
}

function kustomization(tenant: string, spec: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: 'apps', namespace: tenant },
    spec: {
      interval: '10m',
      retryInterval: '2s',
      path: `./${tenant}`,
      prune: true,
      targetNamespace: tenant,
      serviceAccountName: 'gitops-reconciler',
      sourceRef: { kind: 'GitRepository', name: 'fleet', namespace: home },
      ...spec,
    },
  };
}
