import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { readTree } from './fleet.ts';
import type { Report } from './report.ts';
import type { World } from './world.ts';
import { showProgress } from '../../src/engines/native/build-progress.ts';
import { buildNative } from '../../src/engines/native/build-native.ts';
import { startPlane } from '../../src/engines/plane/start-plane.ts';
import { createClient } from '../../src/kube/connect.ts';
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts';
import { install, managerKubeconfig } from '../../test/support/estate.ts';
import { startGitServer } from '../../test/support/git-server.ts';
import { startManager } from '../../test/support/manager-process.ts';

/** Everything that runs while the demo does. */
export interface Stage extends AsyncDisposable {
  world: World;
  kubeconfig: string;
  /** How to type kubectl. */
  kubectl: string;
  metricsUrl: string;
  artifactsUrl: string;
}

export interface StageOptions {
  dir: string;
  /** Remove `dir` at the end. */
  temporary: boolean;
  report: Report;
  signal: AbortSignal;
}

const repository = 'infra-apps';

/** Builds what is native and starts plane, Git server and manager, in that order; stops them in reverse. */
export async function startStage(options: StageOptions): Promise<Stage> {
  const { report, signal, dir } = options;
  const stack = new AsyncDisposableStack();
  if (options.temporary) stack.defer(() => rmSync(dir, { recursive: true, force: true }));
  try {
    report.title('0. Starting');
    await timed(report, 'native/engine is built', () => build('engine', signal));
    await timed(report, 'native/plane is built', () => build('plane', signal));
    const plane = await timed(
      report,
      'etcd, kube-apiserver and kube-controller-manager are ready',
      () => startPlane({ dir: path.join(dir, 'plane'), signal }),
    );
    stack.defer(() => plane.stop());
    const admin = createClient({ cluster: await loadKubeconfig({ paths: [plane.kubeconfig] }) });
    stack.defer(() => admin.close());
    await timed(report, 'CRDs and RBAC are installed', () => install(admin));
    const git = await timed(
      report,
      'a Git server (smart HTTP) serves the fleet repository',
      async () => {
        const server = await startGitServer({});
        stack.defer(() => server.stop());
        await server.createRepo(repository, readTree('fleet'));
        // Git keeps the link; a checkout of the example on disk should not have it.
        const symlinks = {
          'attacks/symlink/token': '/var/run/secrets/kubernetes.io/serviceaccount/token',
        };
        await server.commit(repository, { symlinks, message: 'Add a link out of the repository' });
        return server;
      },
    );
    const manager = await timed(
      report,
      'tenantry manager is ready, with the rights of its own ClusterRole',
      async () =>
        startManager({
          kubeconfig: await managerKubeconfig(plane),
          storagePath: storage(dir),
          logFile: path.join(dir, 'manager.log'),
          signal,
        }),
    );
    stack.defer(() => manager.stop());
    const world = { admin, git, repository, report, signal };
    return {
      world,
      kubeconfig: plane.kubeconfig,
      kubectl: [plane.kubectl.file, ...plane.kubectl.prefix].join(' '),
      metricsUrl: manager.metricsUrl,
      artifactsUrl: `http://${manager.storageAddr}/gitrepository/flux-system/infra-apps/latest.tar.gz`,
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

function storage(dir: string): string {
  const folder = path.join(dir, 'storage');
  mkdirSync(folder, { recursive: true });
  return folder;
}

async function timed<T>(report: Report, what: string, work: () => Promise<T>): Promise<T> {
  let result: T | undefined;
  let failure: unknown;
  await report.check(what, async () => {
    try {
      result = await work();
    } catch (error) {
      failure = error;
      throw error;
    }
  });
  // The rest cannot be shown without it.
  if (failure !== undefined) throw failure;
  return result as T;
}

async function build(program: 'engine' | 'plane', signal: AbortSignal): Promise<void> {
  await buildNative(program, { onProgress: showProgress(process.stderr), signal });
}
