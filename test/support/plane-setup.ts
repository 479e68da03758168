import type { TestProject } from 'vitest/node';
import { showProgress } from '../../src/engines/native/build-progress.ts';
import { openCluster, type Cluster } from '../../src/engines/plane/open-cluster.ts';
import { createClient } from '../../src/kube/connect.ts';
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts';
import { install } from './install.ts';

/** What the global setup tells the tests about their cluster; plain data, it crosses processes. */
export interface ClusterContext {
  kubeconfig: string;
  kubectl: { file: string; prefix: readonly string[] };
  /** Absent on a cluster that was given: nobody but its owner may read it. */
  auditLogPath?: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    cluster: ClusterContext;
  }
}

/** Vitest loads this file once per project; the projects of a run share one plane. */
interface Shared {
  cluster: Promise<Cluster>;
  users: number;
}
const shared = globalThis as { [key: symbol]: Shared | undefined };
const key = Symbol.for('tenantry.test.cluster');

/** Starts the run's control plane, or takes the cluster `TENANTRY_TEST_KUBECONFIG` names. */
export async function setup(project: TestProject): Promise<void> {
  const run = (shared[key] ??= {
    cluster: openWithKinds(),
    users: 0,
  });
  run.users++;
  const { kubeconfig, kubectl, plane } = await run.cluster;
  project.provide('cluster', {
    kubeconfig,
    kubectl,
    ...(plane?.auditLogPath !== undefined && { auditLogPath: plane.auditLogPath }),
  });
}

/** With our kinds, once: files that begin at the same moment would race to be the first to bring them. */
async function openWithKinds(): Promise<Cluster> {
  const cluster = await openCluster(process.env['TENANTRY_TEST_KUBECONFIG'], {
    audit: true,
    onProgress: showProgress(process.stderr),
  });
  try {
    await using admin = createClient({
      cluster: await loadKubeconfig({ paths: [cluster.kubeconfig] }),
    });
    await install(admin);
    return cluster;
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

/** Stops it with the last project that used it. */
export async function teardown(): Promise<void> {
  const run = shared[key];
  if (!run || --run.users > 0) return;
  delete shared[key];
  await (await run.cluster).close();
}
