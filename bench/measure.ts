import type { Plane } from '../src/engines/plane/plane.ts';
import type { ManagerProcess } from '../test/support/manager-process.ts';
import { requestsBetween, scrapeManager } from './manager-metrics.ts';
import { ownCpuSeconds, usageOf, type PeakWatch } from './processes.ts';
import type { Profiler } from './profile.ts';

/** What one phase cost. */
export interface Phase {
  name: string;
  /** From the cause to the last object that converged. */
  seconds: number;
  /** `<verb> <resource>` to requests of the manager. */
  requests: Record<string, number>;
  cpuSeconds: CpuSeconds;
  /** Resident, the manager and its engines together. */
  peakMb: number;
  loopDelayMs: number;
  /** Builds by the engine, and what they took together. */
  renders: number;
  renderSeconds: number;
}

/** CPU time of everybody who has a part in it. */
export interface CpuSeconds {
  apiServer: number;
  etcd: number;
  /** kube-controller-manager. */
  controllers: number;
  manager: number;
  /** Engines, and git. */
  engines: number;
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
/** Of a manager that always finds something to ask. */
const longestSettleMs = 30_000;

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
  const { loopDelayMs } = await untilQuiet(manager);
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
      controllers: cpuAfter.controllers - cpuBefore.controllers,
      manager: cpuAfter.manager - cpuBefore.manager,
      engines: cpuAfter.engines - cpuBefore.engines,
    },
    peakMb: peak.takePeakMb(),
    loopDelayMs,
    renders: after.renders - before.renders,
    renderSeconds: after.renderSeconds - before.renderSeconds,
  };
}

/**
 * Until the manager asks nothing any more. The event-loop delay is that since the scrape before, so that
 * the highest of all scrapes counts.
 */
export async function untilQuiet({ metricsUrl }: ManagerProcess): Promise<{ loopDelayMs: number }> {
  const began = performance.now();
  let loopDelayMs = 0;
  for (let before = -1, asked = 0; before !== asked;) {
    before = asked;
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    const scraped = await scrapeManager(metricsUrl);
    loopDelayMs = Math.max(loopDelayMs, scraped.loopDelayMs);
    asked = scraped.requests.values().reduce((sum, count) => sum + count, 0);
    if (performance.now() - began > longestSettleMs) break;
  }
  return { loopDelayMs };
}

function cpuOf(plane: Plane, { pid }: ManagerProcess): CpuSeconds {
  const manager = ownCpuSeconds(pid);
  return { ...planeCpuSeconds(plane), manager, engines: usageOf(pid).cpuSeconds - manager };
}

/** CPU time of the control plane so far. */
export function planeCpuSeconds(
  plane: Plane,
): Pick<CpuSeconds, 'apiServer' | 'etcd' | 'controllers'> {
  const pids = plane.pids();
  const cpu = (pid: number | undefined) => (pid === undefined ? 0 : usageOf(pid).cpuSeconds);
  return {
    apiServer: cpu(pids['kube-apiserver']),
    etcd: cpu(pids.etcd),
    controllers: cpu(pids['kube-controller-manager']),
  };
}
