import { rmSync } from 'node:fs';
import path from 'node:path';
import { bringUp, recordComponents, startApiServer } from './bring-up.ts';
import { createComponentSet } from './component-set.ts';
import { writeKubeconfig } from './kubeconfig-file.ts';
import { PlaneError } from './plane-error.ts';
import { claimFolder } from './plane-folder.ts';
import { locatePrograms } from './plane-programs.ts';
import { setUpPlane, type PlaneSetup } from './plane-setup.ts';
import type { Plane, PlaneOptions } from './plane.ts';

/**
 * Starts etcd, kube-apiserver and kube-controller-manager, and resolves when the API answers and
 * its first ServiceAccounts exist. Nothing of it outlives this process. Throws {@link PlaneError}.
 */
export async function startPlane(options: PlaneOptions = {}): Promise<Plane> {
  const programs = await locatePrograms(options);
  const folder = await claimFolder(options.dir);
  const components = createComponentSet(programs, folder.path('log'));
  try {
    const setup = await setUpPlane(options, { programs, folder, components });
    await bringUp(setup);
    return runningPlane(setup);
  } catch (error) {
    await components.killAll();
    await folder.release();
    throw error;
  }
}

/** The plane as its owner handles it, from ready to over. */
function runningPlane(setup: PlaneSetup): Plane {
  const { components, folder, kubeconfig, options, record, settings } = setup;
  const over = Promise.withResolvers<PlaneError | undefined>();
  let stopping: Promise<void> | undefined;

  async function endAll(reason?: PlaneError): Promise<void> {
    process.off('exit', onExit);
    // Nobody will read a temporary plane's data again: it need not be written in order.
    await (options.dir === undefined ? components.killAll() : components.stopAll());
    await recordComponents(setup);
    await folder.release();
    over.resolve(reason);
  }
  const stop = (reason?: PlaneError) => (stopping ??= endAll(reason));

  /** The owner ends without stopping its plane: the leash ends the components, this the folder. */
  function onExit(): void {
    for (const component of components.running()) component.kill();
    if (options.dir === undefined)
      rmSync(folder.dir, { recursive: true, force: true, maxRetries: 5 });
  }
  process.once('exit', onExit);
  void components.failed.then(stop);

  async function stopApiServer(): Promise<void> {
    await components.stop('kube-apiserver');
  }
  async function startAgain(): Promise<void> {
    if (stopping) throw new PlaneError('not-running', 'The plane has been stopped.');
    await startApiServer(setup);
  }

  return {
    dir: folder.dir,
    kubeconfig,
    kubectl: kubectlOf(setup),
    caPem: settings.keyring.authority.certPem,
    server: record.server,
    version: record.version ?? '',
    ...(settings.audit && { auditLogPath: settings.audit.log }),
    pid: process.pid,
    pids: () => Object.fromEntries(components.running().map(({ name, pid }) => [name, pid])),
    async clientKubeconfig(subject) {
      const client = await settings.keyring.client(subject);
      const file = folder.path('kubeconfig', `${path.basename(client.cert, '.crt')}.yaml`);
      const { server } = record;
      const caPem = settings.keyring.authority.certPem;
      await writeKubeconfig(file, { server, caPem, client, user: subject.commonName });
      return file;
    },
    stopApiServer,
    startApiServer: startAgain,
    async restartApiServer() {
      await stopApiServer();
      await startAgain();
    },
    stop: () => stop(),
    ended: over.promise,
  };
}

function kubectlOf({ programs }: PlaneSetup) {
  const program = programs.find('kubectl');
  if (!program) throw new PlaneError('programs-missing', 'There is no kubectl.');
  return program;
}
