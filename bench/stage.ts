import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { showProgress } from '../src/engines/native/build-progress.ts';
import { buildNative } from '../src/engines/native/build-native.ts';
import type { Plane } from '../src/engines/plane/plane.ts';
import { startPlane } from '../src/engines/plane/start-plane.ts';
import { createClient, type ClosableClient } from '../src/kube/connect.ts';
import { loadKubeconfig } from '../src/kube/kubeconfig.ts';
import { tenantObjects } from '../test/support/estate-objects.ts';
import { startGitServer, type GitServer } from '../test/support/git-server.ts';
import { applyAll, install, managerKubeconfig } from '../test/support/install.ts';
import { startManager, type ManagerProcess } from '../test/support/manager-process.ts';
import { namespaceNames, repository, repositoryFiles } from './fleet.ts';
import { inLanes } from './lanes.ts';
import { profilePlane } from './plane-profile.ts';
import type { BenchOptions } from './options.ts';

/** Everything the phases act on. */
export interface Stage extends AsyncDisposable {
  options: BenchOptions;
  plane: Plane;
  /** The platform admin. */
  admin: ClosableClient;
  git: GitServer;
  /** Namespaces Tenantry deploys to. */
  tenants: string[];
  /** Namespaces the floor deploys to. */
  floorTenants: string[];
  /** Namespaces of a round before that, of which nothing is kept. */
  warmTenants: string[];
  /** The same for the manager. */
  warmManagerTenants: string[];
  chainTenant: string;
  /** Has hundreds of Kustomizations that fail, and one that never ends. */
  noisyTenant: string;
  signal: AbortSignal;
  progress(text: string): void;
  /** Runs `work`, and with `--profile` profiles the API server meanwhile. */
  profiled<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** With as many workers as the options say, unless told otherwise. */
  startManager(workers?: number): Promise<ManagerProcess>;
}

export const firstImage = 'registry.example/web:1.0.0';
export const secondImage = 'registry.example/web:1.1.0';
const mostWarmTenants = 100;

/** Starts plane and Git server, and makes the tenants; the manager is started by the phase that needs it. */
export async function startStage(options: BenchOptions, signal: AbortSignal): Promise<Stage> {
  const progress = (text: string) => void process.stderr.write(`${text}\n`);
  await using stack = new AsyncDisposableStack();
  progress('starting the control plane and the Git server');
  await buildNative('engine', { onProgress: showProgress(process.stderr), signal });
  if (options.profile !== undefined) await mkdir(options.profile, { recursive: true });
  const dir = await mkdtemp(path.join(tmpdir(), 'tenantry-bench-'));
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  const profiling = options.profile !== undefined;
  const plane = await startPlane({ onProgress: showProgress(process.stderr), signal, profiling });
  stack.defer(() => plane.stop());
  const admin = createClient({ cluster: await loadKubeconfig({ paths: [plane.kubeconfig] }) });
  stack.defer(() => admin.close());
  await install(admin);
  const git = await startGitServer();
  stack.defer(() => git.stop());
  await git.createRepo(repository, repositoryFiles(firstImage));

  const tenants = namespaceNames('tenant', options.count);
  const floorTenants = namespaceNames('floor', options.count);
  const warm = Math.min(options.count, mostWarmTenants);
  const warmTenants = namespaceNames('warm', warm);
  const warmManagerTenants = namespaceNames('warm-manager', warm);
  const [chainTenant, noisyTenant] = ['tenant-chain', 'tenant-noisy'];
  const warming = [...warmTenants, ...warmManagerTenants];
  const all = [...tenants, ...floorTenants, ...warming, chainTenant, noisyTenant];
  progress(`creating ${all.length} tenants`);
  await inLanes(all, 8, (tenant) => applyAll(admin, tenantObjects(tenant)));

  const kubeconfig = await managerKubeconfig(plane);
  const running = stack.move();
  return {
    options,
    plane,
    admin,
    git,
    tenants,
    floorTenants,
    warmTenants,
    warmManagerTenants,
    chainTenant,
    noisyTenant,
    signal,
    progress,
    async profiled(name, work) {
      const { profile } = options;
      const stop = profile === undefined ? undefined : profilePlane(plane, profile, name);
      try {
        return await work();
      } finally {
        await stop?.();
      }
    },
    async startManager(workers = options.workers) {
      const flags = [`--concurrent=${workers}`];
      const { profile } = options;
      const logFile = profile === undefined ? {} : { logFile: path.join(profile, 'manager.log') };
      const where = { kubeconfig, storagePath: dir };
      const manager = await startManager({ ...where, ...logFile, flags, signal });
      running.defer(() => manager.stop());
      return manager;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
