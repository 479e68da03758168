import { sharedSource, source, types } from './fleet.ts';
import { beginFloor, type Floor } from './floor.ts';
import { writesOf } from './manager-metrics.ts';
import { latencyOf, takeLatencies, type Latency } from './latency.ts';
import { makeNoise, resumeNoise, rounds, samplesPerRound, stopNoise } from './neighbour.ts';
import { measure, untilQuiet, type Phase, type Subject } from './measure.ts';
import { observe } from './observed.ts';
import type { BenchOptions } from './options.ts';
import {
  chain,
  drift,
  install,
  installAndRemove,
  reconcileAll,
  seen,
  upgrade,
  type Watched,
} from './phases.ts';
import { ownCpuSeconds, usageOf, watchPeak } from './processes.ts';
import { openProfiler } from './profile.ts';
import { startStage, type Stage } from './stage.ts';
import { applyAll } from '../test/support/install.ts';

/** What a run found; what `--json` prints. */
export interface Results {
  options: BenchOptions;
  phases: Phase[];
  /** Unless only the neighbour was asked for. */
  fleet?: FleetResults;
  /** Of one tenant, alone and beside one that fails all the time; unless `--brief`. */
  neighbour?: NeighbourResults | undefined;
}

/** What the phases with all tenants found. */
export interface FleetResults {
  /** What the bare loop takes. */
  floor: Floor;
  steadyWritesPerMinute: number;
  /** After the steady state, the manager and its engines. */
  restMb: number;
  peakMb: number;
}

export interface NeighbourResults {
  solo: Latency;
  beside: Latency;
  rounds: { solo: Latency[]; beside: Latency[] };
}

/** The whole bench; rejects if something does not converge. */
export async function runBench(options: BenchOptions, signal: AbortSignal): Promise<Results> {
  await using stage = await startStage(options, signal);
  // Who watches does so in the floor as well.
  using watched = watchTenants(stage);
  const measureFloor = options.neighbour ? undefined : await beginFloor(stage);
  const { plane } = stage;
  stage.progress('starting the manager');
  const manager = await stage.startManager();
  using peak = watchPeak(manager.pid);
  const profiler =
    options.profile === undefined ? undefined : await openProfiler(manager.pid, options.profile);
  await startSource(stage);
  stage.progress('warming up the manager');
  await installAndRemove(stage, watched);
  await untilQuiet(manager);
  const bench: Bench = { stage, watched, phases: [] };
  const { phases } = bench;
  const subject = { plane, manager, peak, profiler };
  if (!measureFloor) {
    await phase(bench, subject, 'install', install);
    return { options, phases, neighbour: await runNeighbour(bench, subject) };
  }
  const found = await runPhases(bench, subject);
  profiler?.[Symbol.dispose]();
  await manager.stop();
  const neighbour = options.brief ? undefined : await runMore(bench);
  return { options, phases, fleet: { ...found, floor: await measureFloor() }, neighbour };
}

interface Bench {
  stage: Stage;
  watched: Watched;
  phases: Phase[];
}

/** Measures one phase and keeps what it found. */
async function phase(bench: Bench, subject: Subject, name: string, work: Work): Promise<Phase> {
  const { stage, watched, phases } = bench;
  stage.signal.throwIfAborted();
  const measured = await stage.profiled(name, () =>
    measure(subject, name, () => work(stage, watched)),
  );
  phases.push(measured);
  stage.progress(`${name}: ${measured.seconds.toFixed(2)} s`);
  return measured;
}

async function runPhases(bench: Bench, subject: Subject): Promise<Omit<FleetResults, 'floor'>> {
  await phase(bench, subject, 'install', install);
  await phase(bench, subject, 'no-op', reconcileAll);
  const steady = await phase(bench, subject, 'steady', ({ options }) => pause(options.steady));
  const restMb = usageOf(subject.manager.pid).residentMb;
  await phase(bench, subject, 'upgrade', upgrade);
  await phase(bench, subject, 'drift', drift);
  await phase(bench, subject, 'chain', chain);
  return {
    steadyWritesPerMinute: (writesOf(steady.requests) * 60) / steady.seconds,
    restMb,
    peakMb: Math.max(...bench.phases.map(({ peakMb }) => peakMb)),
  };
}

/** There and back, because a control plane grows slower as it grows. */
const workerCounts = [4, 8, 16, 16, 8, 4];

/** What needs managers of its own: other numbers of workers, and a neighbour that fails. */
async function runMore(bench: Bench) {
  for (const [index, workers] of workerCounts.entries()) {
    const image = `registry.example/web:1.${workers}.${index + 2}`;
    await withManager(bench, workers, async (subject) => {
      const work: Work = (stage, watched) => upgrade(stage, watched, image);
      await phase(bench, subject, `upgrade, ${workers} workers`, work);
    });
  }
  const { workers } = bench.stage.options;
  return await withManager(bench, workers, (subject) => runNeighbour(bench, subject));
}

/** One tenant's latencies, alone and beside the noisy one, in turns: machines change their pace. */
async function runNeighbour(bench: Bench, subject: Subject): Promise<NeighbourResults> {
  const { stage, watched } = bench;
  const take = async (name: string) => {
    let taken: number[] = [];
    await phase(bench, subject, name, async () => {
      taken = await takeLatencies(stage, watched, samplesPerRound);
    });
    return taken;
  };
  const found: Record<'solo' | 'beside', number[][]> = { solo: [], beside: [] };
  for (let round = 1; round <= rounds; round++) {
    found.solo.push(await take(`alone ${round}`));
    const begin = () => (round === 1 ? makeNoise : resumeNoise)(stage, watched);
    await phase(bench, subject, `noise ${round}`, () => untilEndless(subject, begin));
    found.beside.push(await take(`beside ${round}`));
    await stopNoise(stage);
  }
  return {
    solo: latencyOf(found.solo.flat()),
    beside: latencyOf(found.beside.flat()),
    rounds: { solo: found.solo.map(latencyOf), beside: found.beside.map(latencyOf) },
  };
}

/** CPU time after which nobody takes a build for one that ends. */
const endlessSeconds = 7;

/** Begins what makes noise; until the build that never ends has gone on for a while. */
async function untilEndless({ manager: { pid } }: Subject, begin: () => Promise<void>) {
  const ofEngines = () => usageOf(pid).cpuSeconds - ownCpuSeconds(pid);
  const before = ofEngines();
  await begin();
  while (ofEngines() - before < endlessSeconds) await pause(0.2);
}

/** Runs `work` beside a manager with so many workers, which has seen everything once. */
async function withManager<T>(
  { stage, watched }: Bench,
  workers: number,
  work: (subject: Subject) => Promise<T>,
): Promise<T> {
  const manager = await stage.startManager(workers);
  using peak = watchPeak(manager.pid);
  await reconcileAll(stage, watched);
  const result = await work({ plane: stage.plane, manager, peak, profiler: undefined });
  await manager.stop();
  return result;
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
