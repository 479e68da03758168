import { silentLog } from '../../base/log.ts';
import {
  apiServerArguments,
  controllerManagerArguments,
  etcdArguments,
  schedulerArguments,
} from './component-arguments.ts';
import { writeKubeconfig } from './kubeconfig-file.ts';
import { PlaneError } from './plane-error.ts';
import type { PlaneSetup } from './plane-setup.ts';

/** How long a plane, or a restarted API server, may take on a busy machine. */
const readyWithinMs = 120_000;

/** Starts the components in order; resolves when the API answers and controllers run. */
export async function bringUp(setup: PlaneSetup): Promise<void> {
  const { components, settings, options, programs } = setup;
  const log = options.log ?? silentLog;
  await components.start('etcd', etcdArguments(settings));
  await startApiServer(setup);
  if (programs.find('kube-controller-manager')) {
    const kubeconfig = await systemKubeconfig(setup, 'kube-controller-manager');
    await components.start(
      'kube-controller-manager',
      controllerManagerArguments(settings, kubeconfig),
    );
  } else {
    log.info('no kube-controller-manager: namespaces will not be emptied, nothing is collected');
  }
  if (options.scheduler) {
    const kubeconfig = await systemKubeconfig(setup, 'kube-scheduler');
    await components.start('kube-scheduler', schedulerArguments(kubeconfig));
  }
  if (programs.find('kube-controller-manager')) {
    await untilReady(setup, '/api/v1/namespaces/default/serviceaccounts/default');
  }
  const { body } = await setup.probe.get('/version');
  setup.record.version = (JSON.parse(body) as { gitVersion: string }).gitVersion;
  await recordComponents(setup);
  log.info('control plane ready', { server: setup.record.server, dir: setup.folder.dir });
}

/** Starts the API server and resolves when it is ready. */
export async function startApiServer(setup: PlaneSetup): Promise<void> {
  await setup.components.start('kube-apiserver', apiServerArguments(setup.settings));
  await recordComponents(setup);
  await untilReady(setup, '/readyz');
}

/** Leaves what runs now in the folder's record. */
export async function recordComponents({ record, components, folder }: PlaneSetup): Promise<void> {
  record.components = await components.identities();
  await folder.record(record);
}

/** Resolves when a GET of `path` succeeds; throws when a component ends first, or time is up. */
async function untilReady({ components, probe, options }: PlaneSetup, path: string): Promise<void> {
  const done = new AbortController();
  const signals = [done.signal, AbortSignal.timeout(readyWithinMs)];
  if (options.signal) signals.push(options.signal);
  const failed = components.failed.then((error) => Promise.reject(error));
  try {
    await Promise.race([probe.waitFor(path, AbortSignal.any(signals)), failed]);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof PlaneError) throw error;
    const server = components.running().find(({ name }) => name === 'kube-apiserver');
    const lines = (await server?.lastLines()) ?? '';
    throw new PlaneError('not-ready', `${path} does not answer:\n${lines}`, { cause: error });
  } finally {
    done.abort();
    failed.catch(() => {});
  }
}

/** A kubeconfig for one of Kubernetes' own components, under the user its built-in role is bound to. */
async function systemKubeconfig(setup: PlaneSetup, name: string): Promise<string> {
  const { folder, record, settings } = setup;
  const user = `system:${name}`;
  const file = folder.path('kubeconfig', `${name}.yaml`);
  await writeKubeconfig(file, {
    server: record.server,
    caPem: settings.keyring.authority.certPem,
    client: await settings.keyring.client({ commonName: user }),
    user,
  });
  return file;
}
