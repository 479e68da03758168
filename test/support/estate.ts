import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { requestedAtAnnotation } from '../../src/api/annotations.ts';
import { Kustomization } from '../../src/api/kustomize/kustomization.ts';
import { GitRepository } from '../../src/api/source/git-repository.ts';
import type { InstallOptions } from '../../src/api/install/options.ts';
import type { Plane } from '../../src/engines/plane/plane.ts';
import { startPlane } from '../../src/engines/plane/start-plane.ts';
import type { KubeClient, OwnClient } from '../../src/kube/client.ts';
import { createClient } from '../../src/kube/connect.ts';
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts';
import { formatKey, type KubeObject, type ResourceType } from '../../src/kube/object.ts';
import { kubectl, type KubectlOptions, type KubectlResult } from './cluster.ts';
import { gitRepository, grantTo, home, kustomization, tenantObjects } from './estate-objects.ts';
import { eventually } from './eventually.ts';
import type { CommitChanges } from './git-server-repository.ts';
import { startGitServer, type GitServer } from './git-server.ts';
import { applyAll, install, managerKubeconfig } from './install.ts';
import {
  spawnManager,
  type ManagerProcess,
  type ManagerProcessOptions,
} from './manager-process.ts';
import { objectGetter, type Get } from './object-getter.ts';
import { settled, type Expected, type WithStatus } from './settled.ts';

export { applyAll, install, managerKubeconfig } from './install.ts';
export { home, tenantObjects } from './estate-objects.ts';
export { eventually } from './eventually.ts';

export const configMaps = builtin('ConfigMap', 'configmaps');
export const events = builtin('Event', 'events');
const types = { GitRepository: GitRepository.type, Kustomization: Kustomization.type };

function builtin(kind: string, plural: string): ResourceType {
  return { group: '', version: 'v1', kind, plural, namespaced: true };
}

export interface EstateOptions {
  /** Namespaces of tenants; each may use the shared source. */
  tenants: string[];
  audit?: boolean;
  /** How it is installed, where that is not the default. */
  installed?: Partial<InstallOptions>;
}

type OurKind = keyof typeof types;

/** A whole world for one end-to-end test: control plane, Git server, tenants; managers on demand. */
export interface Estate extends AsyncDisposable {
  admin: OwnClient;
  plane: Plane;
  git: GitServer;
  /** The shared repository, behind GitRepository `flux-system/fleet`. */
  repository: string;
  tenants: string[];
  storagePath: string;
  /** Starts a manager and waits until it is ready; failures are tried again after a second at most. */
  startManager(flags?: string[], options?: Partial<ManagerProcessOptions>): Promise<ManagerProcess>;
  /** Starts a manager and does not wait. */
  spawnManager(flags?: string[], options?: Partial<ManagerProcessOptions>): Promise<ManagerProcess>;
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<KubectlResult>;
  get: Get;
  apply(...objects: KubeObject[]): Promise<void>;
  /** Creates the tenant's Kustomization `apps` on its directory of the repository. */
  deploy(tenant: string, spec?: Record<string, unknown>): Promise<void>;
  /** Commits to the shared repository and has the source fetched now; the new revision. */
  push(changes: CommitChanges): Promise<string>;
  /** The revision at the tip of the shared repository. */
  tip(): Promise<string>;
  /** Has an object reconciled now, the shared source by default. */
  request(kind?: OurKind, key?: { namespace: string; name: string }): Promise<string>;
  /** Waits for what an object of ours says of itself. */
  settled(
    kind: OurKind,
    key: { namespace: string; name: string },
    expected: Expected,
  ): Promise<WithStatus>;
  /**
   * Resolves when each tenant's Kustomization is Ready at the tip of the repository and its
   * namespace holds exactly this many ConfigMaps of ours; `namespace/name` to `data.value`.
   */
  equalsGit(counts: Record<string, number>): Promise<Map<string, string>>;
  /** The ConfigMaps of ours in the tenants' namespaces. */
  applied(): Promise<KubeObject[]>;
  /** What our objects and managers said last, for a failed test. */
  report(): Promise<string>;
}

const quick = ['--min-retry-delay=200ms', '--max-retry-delay=1s', '--requeue-dependency=1s'];

export async function startEstate({
  tenants,
  audit = false,
  installed,
}: EstateOptions): Promise<Estate> {
  await using starting = new AsyncDisposableStack();
  const storagePath = await mkdtemp(path.join(tmpdir(), 'tenantry-estate-'));
  starting.defer(() => rm(storagePath, { recursive: true, force: true }));
  const plane = await startPlane({ audit });
  starting.defer(() => plane.stop());
  const admin = createClient({ cluster: await loadKubeconfig({ paths: [plane.kubeconfig] }) });
  starting.defer(() => admin.close());
  await install(admin, installed);
  const git = await startGitServer();
  starting.defer(() => git.stop());
  const repository = 'fleet';
  await git.createRepo(repository, { 'README.md': 'A fleet.' });
  const shared = { namespace: home, name: 'fleet' };
  await applyAll(admin, [
    gitRepository(shared, { url: git.url(repository), accessFrom: grantTo(tenants) }),
    ...tenants.flatMap(tenantObjects),
  ]);
  const kubeconfig = await managerKubeconfig(plane);
  const managers: ManagerProcess[] = [];
  starting.defer(async () => {
    await Promise.all(managers.map((manager) => manager.kill()));
  });
  return estateOf(
    { admin, plane, git, tenants, storagePath, kubeconfig, managers },
    starting.move(),
  );
}

interface Parts extends Pick<Estate, 'admin' | 'plane' | 'git' | 'tenants' | 'storagePath'> {
  kubeconfig: string;
  managers: ManagerProcess[];
}

function estateOf(parts: Parts, running: AsyncDisposableStack): Estate {
  const { admin, plane, git, tenants, storagePath, kubeconfig, managers } = parts;
  const shared = { namespace: home, name: 'fleet' };
  const spawnOne: Estate['spawnManager'] = async (flags = [], options = {}) => {
    const all = { kubeconfig, storagePath, flags: [...quick, ...flags], ...options };
    const manager = await spawnManager(all);
    managers.push(manager);
    return manager;
  };
  const estate: Estate = {
    admin,
    git,
    repository: shared.name,
    tenants,
    plane,
    storagePath,
    spawnManager: spawnOne,
    async startManager(flags, options) {
      const manager = await spawnOne(flags, options);
      await manager.ready();
      return manager;
    },
    kubectl: (args, options) => kubectl(args, { cluster: plane, ...options }),
    get: objectGetter(admin),
    apply: (...objects) => applyAll(admin, objects),
    tip: async () => `main@sha1:${await git.repository(shared.name).git(['rev-parse', 'main'])}`,
    deploy: (tenant, spec) =>
      applyAll(admin, [kustomization({ namespace: tenant, name: 'apps' }, spec)]),
    async push(changes) {
      await git.commit(shared.name, changes);
      await estate.request();
      return estate.tip();
    },
    async request(kind = 'GitRepository', key = shared) {
      const asked = `${Date.now()}-${Math.random()}`;
      const body = { metadata: { annotations: { [requestedAtAnnotation]: asked } } };
      await admin.patch(types[kind], key, { type: 'merge', body });
      return asked;
    },
    settled: (kind, key, expected) => settled(admin, types[kind], key, expected),
    equalsGit: async (counts) => equalsGit(estate, await estate.tip(), counts),
    applied: () => appliedIn(admin, tenants),
    report: () => report(admin, managers),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
  return estate;
}

function equalsGit(
  estate: Estate,
  revision: string,
  counts: Record<string, number>,
): Promise<Map<string, string>> {
  return eventually(`the cluster equals Git at ${revision}`, async () => {
    for (const namespace of Object.keys(counts)) {
      const key = { namespace, name: 'apps' };
      const { status } = await estate.admin.get<WithStatus>(Kustomization.type, key);
      const ready = status?.conditions?.find(({ type }) => type === 'Ready');
      if (ready?.status !== 'True' || status?.lastAppliedRevision !== revision) {
        throw new Error(`${namespace}: ${JSON.stringify(ready)} at ${status?.lastAppliedRevision}`);
      }
    }
    const found = await estate.applied();
    for (const [tenant, count] of Object.entries(counts)) {
      const here = found.filter(({ metadata }) => metadata.namespace === tenant);
      if (here.length !== count) throw new Error(`${tenant} holds ${here.length}, not ${count}`);
    }
    return new Map(found.map((object) => [formatKey(object.metadata), valueOf(object)]));
  });
}

const valueOf = (object: KubeObject) =>
  (object['data'] as { value?: string } | undefined)?.value ?? '';

async function appliedIn(client: KubeClient, tenants: string[]): Promise<KubeObject[]> {
  const labelSelector = 'kustomize.toolkit.fluxcd.io/name';
  const lists = await Promise.all(
    tenants.map((namespace) => client.list(configMaps, { namespace, labelSelector })),
  );
  return lists.flatMap(({ items }) => items);
}

async function report(admin: KubeClient, managers: readonly ManagerProcess[]): Promise<string> {
  const statuses = await Promise.all(
    Object.values(types).map((type) =>
      admin.list<WithStatus>(type).then(
        ({ items }) => items,
        () => [],
      ),
    ),
  );
  return [
    ...statuses
      .flat()
      .map(({ kind, metadata, status }) =>
        [kind, formatKey(metadata), JSON.stringify(status)].join(' '),
      ),
    ...managers
      .slice(-2)
      .flatMap(({ pid, log }) => [
        `manager ${pid}:`,
        ...log.slice(-40).map((line) => JSON.stringify(line)),
      ]),
  ].join('\n');
}
