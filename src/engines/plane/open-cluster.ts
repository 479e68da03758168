import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { locatePrograms, type Program } from './plane-programs.ts';
import type { Plane, PlaneOptions } from './plane.ts';
import { startPlane } from './start-plane.ts';

/** A cluster to work against: the user's own, or a plane started for the purpose. */
export interface Cluster {
  /** Path of the kubeconfig. */
  kubeconfig: string;
  kubectl: Program;
  /** The plane behind it, unless the cluster was given. */
  plane?: Plane;
  /** Stops the plane; leaves a given cluster alone. */
  close(): Promise<void>;
}

/** The cluster of `kubeconfig` if one is named, else a plane of its own. */
export async function openCluster(
  kubeconfig: string | undefined,
  options: PlaneOptions = {},
): Promise<Cluster> {
  if (kubeconfig) {
    await access(kubeconfig, constants.R_OK);
    const kubectl = await findKubectl(options);
    return { kubeconfig: path.resolve(kubeconfig), kubectl, close: async () => {} };
  }
  const plane = await startPlane(options);
  return {
    kubeconfig: plane.kubeconfig,
    kubectl: plane.kubectl,
    plane,
    close: () => plane.stop(),
  };
}

/** The user's kubectl, which fits the user's cluster; ours if there is none. */
async function findKubectl(options: PlaneOptions): Promise<Program> {
  const env = options.env ?? process.env;
  for (const folder of (env['PATH'] ?? '').split(path.delimiter).filter(path.isAbsolute)) {
    const file = path.join(folder, 'kubectl');
    const there = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (there) return { file, prefix: [] };
  }
  const programs = await locatePrograms(options);
  return programs.find('kubectl') ?? { file: 'kubectl', prefix: [] };
}
