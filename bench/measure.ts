import type { Cost } from './floor.ts';
import type { Plane } from '../src/engines/plane/plane.ts';
import type { ManagerProcess } from '../test/support/manager-process.ts';
import { requestsBetween, scrapeManager } from './manager-metrics.ts';
import { usageOf, type PeakWatch } from './processes.ts';
import type { Profiler } from './profile.ts';

/** What one phase cost. */
export interface Phase {
  name: string;
  /** From the cause to the last object that converged. */
  seconds: number;
  /** What the bare loop took for the same writes. */
  floor?: Cost;
  /** `<verb> <resource>` to requests of the manager. */
  requests: Record<string, number>;
  /** Of API server, etcd, and the manager with its engines. */
  cpuSeconds: { apiServer: number; etcd: number; ours: number };
  /** Resident, the manager and its engines together. */
  peakMb: number;
  loopDelayMs: number;
  /** Builds by the engine, and what they took together. */
  renders: number;
  renderSeconds: number;
}

/** What is measured. */
export interface Subject {
  plane: Plane;
  manager: ManagerProcess;
  peak: PeakWatch;
  profiler: Profiler | undefined;
}

/** Requests that follow a convergence, such as events, belong to the phase that caused them. */
export const settleMs = 1_500;

/** Runs `work` and tells what it cost; what it returns, if anything, counts as the seconds. */
export async function measure(
  subject: Subject,
  name: string,
  work: () => Promise<number | void>,
): Promise<Phase> {
  const { plane, manager, peak, profiler } = subject;
  const before = await scrapeManager(manager.metricsUrl);
  const cpuBefore = cpuOf(plane, manager);
  peak.takePeakMb();
  await profiler?.start();
  const started = performance.now();
  const told = await work();
  const seconds = told ?? (performance.now() - started) / 1000;
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  await profiler?.stop(name);
  const cpuAfter = cpuOf(plane, manager);
  const after = await scrapeManager(manager.metricsUrl);
  return {
    name,
    seconds,
    requests: requestsBetween(before, after),
    cpuSeconds: {
      apiServer: cpuAfter.apiServer - cpuBefore.apiServer,
      etcd: cpuAfter.etcd - cpuBefore.etcd,
      ours: cpuAfter.ours - cpuBefore.ours,
    },
    peakMb: peak.takePeakMb(),
    loopDelayMs: after.loopDelayMs,
    renders: after.renders - before.renders,
    renderSeconds: after.renderSeconds - before.renderSeconds,
  };
}

function cpuOf(plane: Plane, manager: ManagerProcess): Phase['cpuSeconds'] {
  return { ...planeCpuSeconds(plane), ours: usageOf(manager.pid).cpuSeconds };
}

/** CPU time of the API server and its database so far. */
export function planeCpuSeconds(plane: Plane): { apiServer: number; etcd: number } {
  const pids = plane.pids();
  const cpu = (pid: number | undefined) => (pid === undefined ? 0 : usageOf(pid).cpuSeconds);
  return { apiServer: cpu(pids['kube-apiserver']), etcd: cpu(pids.etcd) };
}
