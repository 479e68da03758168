import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../base/errors.ts';
import { buildNative, type BuildOptions } from '../native/build-native.ts';
import { PlaneError } from './plane-error.ts';

/** How to start a program: the file and what comes before its own arguments. */
export interface Program {
  file: string;
  prefix: readonly string[];
}

/** The upstream programs a plane consists of. */
export type ComponentName =
  'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler' | 'kubectl';

/** Where a plane's programs come from. */
export interface PlanePrograms {
  origin: 'assets' | 'built';
  /** Undefined if these binaries came without it; `etcd`, `kube-apiserver` and `kubectl` always exist. */
  find(name: ComponentName): Program | undefined;
}

/** Programs without which there is no plane. */
const required: readonly ComponentName[] = ['etcd', 'kube-apiserver', 'kubectl'];
const optional: readonly ComponentName[] = ['kube-controller-manager', 'kube-scheduler'];

/**
 * The plane's programs: official binaries in the folder `$KUBEBUILDER_ASSETS` names, else our own
 * binary from the cache, else the same built from its modules. Nothing is downloaded as a binary.
 */
export async function locatePrograms(options: BuildOptions = {}): Promise<PlanePrograms> {
  const assets = (options.env ?? process.env)['KUBEBUILDER_ASSETS'];
  if (assets) return assetPrograms(assets);
  try {
    const file = await buildNative('plane', options);
    return { origin: 'built', find: (name) => ({ file, prefix: [name] }) };
  } catch (error) {
    options.signal?.throwIfAborted();
    throw new PlaneError(
      'programs-missing',
      `${messageOf(error)}\nOr set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and kubectl.`,
      { cause: error },
    );
  }
}

async function assetPrograms(folder: string): Promise<PlanePrograms> {
  const found = new Map<ComponentName, Program>();
  for (const name of [...required, ...optional]) {
    const file = path.resolve(folder, name);
    const there = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (there) found.set(name, { file, prefix: [] });
  }
  const missing = required.filter((name) => !found.has(name));
  if (missing.length > 0) {
    throw new PlaneError(
      'programs-missing',
      `KUBEBUILDER_ASSETS is ${folder}, which has no ${missing.join(', ')}. Correct it, or unset it to build from modules.`,
    );
  }
  return { origin: 'assets', find: (name) => found.get(name) };
}
