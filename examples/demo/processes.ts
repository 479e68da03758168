import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Plane } from '../../src/engines/plane/plane.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { managerKubeconfig } from '../../test/support/estate.ts';
import { startManager, type ManagerProcess } from '../../test/support/manager-process.ts';
import { startEstateProxy, type EstateProxy } from '../../test/support/estate-proxy.ts';
import { startTenancy } from '../../test/support/start-tenancy.ts';
import type { Report } from './report.ts';
import { timed } from './timed.ts';

export interface ProcessOptions {
  plane: Plane;
  admin: KubeClient;
  dir: string;
  report: Report;
  /** Ends them, in reverse. */
  stack: AsyncDisposableStack;
  signal: AbortSignal;
}

/** Starts `tenantry`: what deploys, what keeps tenants, and the proxy that tenants go through. */
export async function startProcesses(
  options: ProcessOptions,
): Promise<{ manager: ManagerProcess; proxy: EstateProxy }> {
  const { plane, admin, dir, report, stack, signal } = options;
  const manager = await timed(
    report,
    'tenantry manager is ready, with the rights of its own ClusterRole',
    async () =>
      startManager({
        kubeconfig: await managerKubeconfig(plane),
        storagePath: storage(dir, 'storage'),
        logFile: path.join(dir, 'manager.log'),
        flags: [
          '--components=source,kustomize',
          '--default-service-account=gitops-reconciler',
          // The tenant proxy is on this machine.
          '--allow-loopback-clusters',
        ],
        signal,
      }),
  );
  stack.defer(() => manager.stop());
  const tenancy = await timed(
    report,
    'tenants are at work: an account of their own, policies and webhooks in the API server',
    () =>
      startTenancy({ plane, admin }, (flags, kubeconfig) =>
        startManager({
          kubeconfig,
          storagePath: storage(dir, 'tenancy'),
          logFile: path.join(dir, 'tenancy.log'),
          flags,
          signal,
        }),
      ),
  );
  stack.defer(() => tenancy.stop());
  const proxy = await timed(report, 'tenantry proxy is ready', () =>
    startEstateProxy({ plane, admin, logFile: path.join(dir, 'proxy.log'), signal }),
  );
  stack.defer(() => proxy.stop());
  return { manager, proxy };
}

function storage(dir: string, name: string): string {
  const folder = path.join(dir, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}
