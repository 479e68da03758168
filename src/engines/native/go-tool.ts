import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import type { BuildRecipe } from './native-program.ts';
import { NativeError } from './native-error.ts';

/** What Go needs from the user's environment: where things are, and how to reach module proxies. */
const passedOn =
  /^(PATH|HOME|USERPROFILE|LOCALAPPDATA|SYSTEMROOT|TMPDIR|TEMP|TMP|XDG_CACHE_HOME|XDG_CONFIG_HOME|GO(PATH|ROOT|CACHE|MODCACHE|PROXY|NOPROXY|PRIVATE|SUMDB|NOSUMDB|INSECURE|TOOLCHAIN|MAXPROCS|AUTH)|(HTTPS?|NO|ALL)_PROXY|SSL_CERT_(FILE|DIR))$/i;

/**
 * `environment` reduced to what Go needs. GOFLAGS, from there or from `go env -w`, would change what
 * the cache key promises; only a value that is not empty takes precedence over the latter.
 */
export function goEnvironment(environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(([name]) => passedOn.test(name));
  return { ...Object.fromEntries(kept), CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOWORK: 'off' };
}

export interface GoRun {
  cwd: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
  onStdout?: (line: string) => void;
  onStderr?: (line: string) => void;
}

/** Runs `go`, line by line, and resolves with its exit code. Throws `go-missing`, or the signal's reason. */
export async function runGo(run: GoRun): Promise<number> {
  run.signal?.throwIfAborted();
  const child = spawn('go', run.args, {
    cwd: run.cwd,
    env: goEnvironment(run.env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  // On SIGINT go stops its compilers and cleans up its work folder.
  const abort = () => child.kill('SIGINT');
  run.signal?.addEventListener('abort', abort, { once: true });
  createInterface({ input: child.stdout }).on('line', (line) => run.onStdout?.(line));
  createInterface({ input: child.stderr }).on('line', (line) => run.onStderr?.(line));
  try {
    const [code] = (await closed) as [number | null];
    run.signal?.throwIfAborted();
    return code ?? 1;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new NativeError('go-missing', 'The `go` command was not found on PATH.');
  } finally {
    run.signal?.removeEventListener('abort', abort);
  }
}

/** The version of Go that will build `recipe`, such as `go1.26.8`. Throws `go-missing` or `go-too-old`. */
export async function findGo(recipe: BuildRecipe, env?: NodeJS.ProcessEnv): Promise<string> {
  const hint = `Building the native programs needs Go ${recipe.goVersion} or newer: see https://go.dev/doc/install`;
  const environment = env ?? process.env;
  try {
    // In the module's folder, Go itself fetches a newer toolchain if it may (GOTOOLCHAIN).
    const version = await goVersion(recipe.folder, environment);
    if (version !== undefined && atLeast(version, recipe.goVersion)) return version;
    const found = await goVersion(tmpdir(), { ...environment, GOTOOLCHAIN: 'local' });
    throw new NativeError(
      'go-too-old',
      `Go ${found?.replace(/^go/, '') ?? 'of unknown version'} is too old. ${hint}`,
    );
  } catch (error) {
    if (!(error instanceof NativeError) || error.code !== 'go-missing') throw error;
    throw new NativeError('go-missing', `${error.message} ${hint}`);
  }
}

async function goVersion(cwd: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  let version: string | undefined;
  const args = ['env', 'GOVERSION'];
  const code = await runGo({ cwd, args, env, onStdout: (line) => (version ??= line.trim()) });
  return code === 0 ? version : undefined;
}

/** Whether `go1.26.8` or `go1.27rc1` is at least `1.26.0`. */
export function atLeast(version: string, required: string): boolean {
  const [have, need] = [version, required].map((text) =>
    (/(\d+)\.(\d+)(?:\.(\d+))?/.exec(text) ?? []).slice(1).map((part) => Number(part ?? 0)),
  );
  if (!have?.length || !need) return false;
  for (const [index, number] of need.entries()) {
    const own = have[index] ?? 0;
    if (own !== number) return own > number;
  }
  return true;
}
