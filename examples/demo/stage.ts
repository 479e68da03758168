import { rmSync } from 'node:fs';
import path from 'node:path';
import { readTree } from './fleet.ts';
import { startProcesses } from './processes.ts';
import { timed } from './timed.ts';
import type { Report } from './report.ts';
import type { World } from './world.ts';
import { showProgress } from '../../src/engines/native/build-progress.ts';
import { buildNative } from '../../src/engines/native/build-native.ts';
import { startPlane } from '../../src/engines/plane/start-plane.ts';
import { createClient } from '../../src/kube/connect.ts';
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts';
import { install } from '../../test/support/estate.ts';
import { startGitServer } from '../../test/support/git-server.ts';

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

/** Builds what is native and starts plane, Git server, managers and proxy, in that order; stops them in reverse. */
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
    await timed(report, 'CRDs and RBAC are installed', () =>
      install(admin, { tenancy: true, proxy: true }),
    );
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
    const { manager, proxy } = await startProcesses({ ...options, plane, admin, stack });
    const world = { admin, git, proxy, repository, report, signal };
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

async function build(program: 'engine' | 'plane', signal: AbortSignal): Promise<void> {
  await buildNative(program, { onProgress: showProgress(process.stderr), signal });
}
