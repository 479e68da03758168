import { randomUUID } from 'node:crypto';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { cacheRoot, entryName, openBuildCache, sourceKey, type BuildCache } from './build-cache.ts';
import type { BuildProgress } from './build-progress.ts';
import { lockFile } from './file-lock.ts';
import { findGo, runGo } from './go-tool.ts';
import { NativeError } from './native-error.ts';
import { readRecipe, type BuildRecipe, type NativeProgram } from './native-program.ts';

export interface BuildOptions {
  /** Called at each step and about every second; never for a program that was cached. */
  onProgress?: ((progress: BuildProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
  /** The cache's folder, see {@link cacheRoot}. */
  root?: string;
  /** Another module to build under this program's name. */
  folder?: string;
  env?: NodeJS.ProcessEnv;
}

/**
 * Path of the native program, built from `native/<program>` if the cache does not hold it. Any
 * number of processes may ask at once: one builds, the others wait. Throws {@link NativeError}.
 */
export async function buildNative(
  program: NativeProgram,
  options: BuildOptions = {},
): Promise<string> {
  const recipe = await readRecipe(program, options.folder);
  const cache = await openBuildCache(program, options.root ?? cacheRoot(options.env));
  const source = await sourceKey(recipe);
  let goVersion: string;
  try {
    goVersion = await findGo(recipe, options.env);
  } catch (error) {
    const built = await cache.findSource(source);
    if (built !== undefined) return built;
    throw error;
  }
  const entry = entryName(source, goVersion);
  const cached = await cache.find(entry);
  if (cached !== undefined) return cached;
  return buildLocked({ program, recipe, cache, entry, options });
}

interface Build {
  program: NativeProgram;
  recipe: BuildRecipe;
  cache: BuildCache;
  entry: string;
  options: BuildOptions;
}

type Report = (phase: BuildProgress['phase'], done?: number, total?: number) => void;

async function buildLocked(build: Build): Promise<string> {
  const { cache, entry, options, program } = build;
  const startedAt = Date.now();
  const report: Report = (phase, done = 0, total = 0) =>
    options.onProgress?.({ program, phase, done, total, elapsedMs: Date.now() - startedAt });
  const release = await lockFile(path.join(cache.folder, `.${entry}.lock`), {
    signal: options.signal,
    onWait: () => report('waiting'),
  });
  try {
    const builtMeanwhile = await cache.find(entry);
    if (builtMeanwhile !== undefined) return builtMeanwhile;
    const built = await buildInto(build, report);
    await cache.trim();
    report('done');
    return built;
  } finally {
    await release();
  }
}

/** Builds beside the cache entry and moves the result into place whole. */
async function buildInto({ program, recipe, cache, entry, options }: Build, report: Report) {
  const work = path.join(cache.folder, `.${randomUUID()}`);
  await mkdir(work, { mode: 0o700 });
  try {
    const total = await countPackages(recipe, options, report);
    await compile(recipe, { ...options, output: path.join(work, program), total }, report);
    await chmod(path.join(work, program), 0o755);
    // Fails if another builder was first; its program is as good as ours.
    await rename(work, path.join(cache.folder, entry)).catch(() => {});
    const built = await cache.find(entry);
    if (built === undefined)
      throw new NativeError('build-failed', `Cannot write to ${cache.folder}.`);
    return built;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** How many packages are yet to compile; fetches the modules they are in. */
async function countPackages(
  recipe: BuildRecipe,
  { env, signal }: BuildOptions,
  report: Report,
): Promise<number> {
  let packages = 0;
  let fetched = 0;
  const errors = lastLines();
  report('fetching');
  const code = await runGo({
    cwd: recipe.folder,
    args: ['list', ...recipe.flags, '-deps', '-f={{.Stale}}', '.'],
    ...(env && { env }),
    signal,
    onStdout(line) {
      if (line === 'true') packages++;
    },
    onStderr(line) {
      if (line.startsWith('go: downloading ')) report('fetching', ++fetched);
      else errors.add(line);
    },
  });
  if (code !== 0) throw new NativeError('build-failed', `go list failed:\n${errors.text()}`);
  return packages;
}

async function compile(
  recipe: BuildRecipe,
  { env, signal, output, total }: BuildOptions & { output: string; total: number },
  report: Report,
): Promise<void> {
  let compiled = 0;
  const errors = lastLines();
  const show = () => report(compiled < total ? 'compiling' : 'linking', compiled, total);
  const tick = setInterval(show, 1000);
  try {
    show();
    const code = await runGo({
      cwd: recipe.folder,
      args: ['build', '-v', ...recipe.flags, ...recipe.linkFlags, '-o', output, '.'],
      ...(env && { env }),
      signal,
      onStderr(line) {
        // With -v a bare import path is a package that starts to compile; anything else is a complaint.
        if (/^[\w.~\-/]+$/.test(line)) compiled++;
        else errors.add(line);
      },
    });
    if (code !== 0) throw new NativeError('build-failed', `go build failed:\n${errors.text()}`);
  } finally {
    clearInterval(tick);
  }
}

/** The end of a compiler's complaints: enough to act on, bounded whatever it prints. */
function lastLines() {
  const lines: string[] = [];
  return {
    add(line: string) {
      lines.push(line.slice(0, 500));
      if (lines.length > 20) lines.shift();
    },
    text: () => lines.join('\n'),
  };
}
