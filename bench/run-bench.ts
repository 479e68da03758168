import { sharedSource, source, types } from './fleet.ts';
import { measureFloor, type Floor } from './floor.ts';
import { writesOf } from './manager-metrics.ts';
import { measure, type Phase, type Subject } from './measure.ts';
import { observe } from './observed.ts';
import type { BenchOptions } from './options.ts';
import { chain, drift, install, reconcileAll, seen, upgrade, type Watched } from './phases.ts';
import { usageOf, watchPeak } from './processes.ts';
import { openProfiler } from './profile.ts';
import { startStage, type Stage } from './stage.ts';
import { applyAll } from '../test/support/install.ts';

/** What a run found; what `--json` prints. */
export interface Results {
  options: BenchOptions;
  /** Seconds of the bare loop. */
  floor: Floor;
  phases: Phase[];
  steadyWritesPerMinute: number;
  /** After the steady state, the manager and its engines. */
  restMb: number;
  peakMb: number;
}

/** The whole bench; rejects if something does not converge. */
export async function runBench(options: BenchOptions, signal: AbortSignal): Promise<Results> {
  await using stage = await startStage(options, signal);
  const floor = await measureFloor(stage);
  const { plane } = stage;
  stage.progress('starting the manager');
  const manager = await stage.startManager();
  using peak = watchPeak(manager.pid);
  const profiler =
    options.profile === undefined ? undefined : await openProfiler(manager.pid, options.profile);
  using watched = watchTenants(stage);
  await startSource(stage);
  const { phases, restMb } = await runPhases(
    stage,
    { plane, manager, peak, profiler },
    watched,
    floor,
  );
  profiler?.[Symbol.dispose]();
  const steady = phases.find(({ name }) => name === 'steady');
  return {
    options,
    floor,
    phases,
    steadyWritesPerMinute: steady ? (writesOf(steady.requests) * 60) / steady.seconds : 0,
    restMb,
    peakMb: Math.max(...phases.map(({ peakMb }) => peakMb)),
  };
}

async function runPhases(stage: Stage, subject: Subject, watched: Watched, floor: Floor) {
  const phases: Phase[] = [];
  const phase = async (name: string, floorSeconds: number | undefined, work: Work) => {
    stage.signal.throwIfAborted();
    const measured = await measure(subject, name, () => work(stage, watched));
    phases.push(floorSeconds === undefined ? measured : { ...measured, floorSeconds });
    stage.progress(`${name}: ${measured.seconds.toFixed(2)} s`);
  };
  await phase('install', floor.install, install);
  await phase('no-op', floor.noop, reconcileAll);
  await phase('steady', undefined, ({ options }) => pause(options.steady));
  const restMb = usageOf(subject.manager.pid).residentMb;
  await phase('upgrade', floor.upgrade, upgrade);
  await phase('drift', undefined, drift);
  await phase('chain', undefined, chain);
  return { phases, restMb };
}

type Work = (stage: Stage, watched: Watched) => Promise<number | void>;

const pause = (seconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000));

function watchTenants({ admin }: Stage): Watched & Disposable {
  const kustomizations = observe(admin, types.kustomization, seen);
  const colours = observe(
    admin,
    types.configMap,
    (object) => (object['data'] as { colour?: string } | undefined)?.colour,
  );
  return {
    kustomizations,
    colours,
    [Symbol.dispose]() {
      kustomizations[Symbol.dispose]();
      colours[Symbol.dispose]();
    },
  };
}

async function startSource({ admin, git, options, progress }: Stage): Promise<void> {
  progress('waiting for the source');
  using sources = observe(admin, types.gitRepository, seen);
  await applyAll(admin, [sharedSource(git.url(source.name), options)]);
  await sources.until({
    what: 'the source is Ready',
    count: 1,
    accept: ({ ready }) => ready === 'True',
    seconds: 60,
  });
}
