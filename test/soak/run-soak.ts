import { readFile } from 'node:fs/promises';
import { descendantsOf, ended } from '../support/process-tree.ts';
import { calmDown, causeChaos } from './chaos.ts';
import { unexplained, type LogLine } from './explanations.ts';
import { growthOf, memoryGrows, type Growth } from './growth.ts';
import type { MemorySample } from './memory.ts';
import { watchMemory } from './memory-watch.ts';
import type { SoakOptions } from './options.ts';
import { verify } from './verify.ts';
import { startWorld, type World } from './world.ts';

/** What a soak came to. */
export interface SoakResult {
  options: SoakOptions;
  /** How often each thing happened. */
  done: Record<string, number>;
  /** Everything that was found wrong; empty when it held. */
  wrong: string[];
  /** How often the cluster was compared with Git. */
  checks: number;
  /** Objects compared the last time. */
  objects: number;
  /** Of the last manager, each minute. */
  memory: MemorySample[];
  growth: Growth;
  errorLines: number;
}

/** Managers are killed in this share of the time at most; then memory is watched. */
const killingShare = 0.3;
const roundMinutes = 2;

/** Lets random things happen, in rounds that each end in a comparison of the cluster with Git. */
export async function runSoak(
  options: SoakOptions,
  say: (text: string) => void = () => {},
): Promise<SoakResult> {
  say(`seed ${options.seed}: starting ${options.count} Kustomizations`);
  await using world = await startWorld(options, say);
  const wrong: string[] = [];
  const check = async (what: string) => {
    await calmDown(world);
    const found = await verify(world);
    wrong.push(...found.map((each) => `${what}: ${each}`));
    say(`${what}: ${found.length === 0 ? 'the cluster equals Git' : found.join('\n')}`);
  };
  await check('at first');
  const startMs = Date.now();
  const endMs = startMs + options.minutes * 60_000;
  const killUntilMs = startMs + (endMs - startMs) * killingShare;
  const roundMs = Math.min(roundMinutes, options.minutes / 4) * 60_000;
  let checks = 1;
  const round = async (killManagers: boolean) => {
    const untilMs = Math.min(Date.now() + roundMs, endMs);
    await causeChaos(world, { untilMs, killManagers });
    await check(`round ${checks}`);
    world.leaving.clear();
    checks += 1;
  };
  while (Date.now() < killUntilMs) await round(true);
  const watch = await watchMemory(world);
  do await round(false);
  while (Date.now() < endMs);
  const memory = await watch.end();
  wrong.push(...memoryGrows(memory));
  const log = await endManager(world, wrong);
  const { done, fleet } = world;
  return {
    options,
    done: Object.fromEntries(done),
    wrong,
    checks,
    objects: fleet.units.flatMap(({ objects }) => objects).length,
    memory,
    growth: growthOf(memory),
    errorLines: log.filter(({ level }) => level === 'error').length,
  };
}

/** Nothing may be left of the manager, and nothing unexplained in its log. */
async function endManager(world: World, wrong: string[]): Promise<LogLine[]> {
  const { manager, troubles, logFile } = world;
  if (manager.exited) wrong.push('the manager had ended by itself');
  const processes = await descendantsOf(manager.pid);
  await manager.stop();
  if (manager.exitCode !== 0) wrong.push(`the manager ended with ${manager.exitCode}`);
  await ended(processes);
  const lines = (await readFile(logFile, 'utf8')).split('\n').filter(Boolean);
  const log = lines.map(parseLine);
  wrong.push(...unexplained(log, troubles).map((line) => `in the log: ${JSON.stringify(line)}`));
  return log;
}

/** The last line of a killed manager may be half a line. */
function parseLine(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { msg: line };
  }
}
