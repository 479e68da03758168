import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { GitError } from './git-error.ts';
import { baseConfig, formatGitConfig } from './git-config.ts';
import { privatePrefix } from './private-directory.ts';
import { readAll, startSubprocess } from './subprocess.ts';
import type { Subprocess, SubprocessExit } from './subprocess.ts';

/** One run of Git. */
export interface GitCommand {
  args: readonly string[];
  /** The bare repository; none for commands that need none. */
  gitDir?: string | undefined;
  /** A configuration file on top of {@link baseConfig}; see `configFor`. */
  configFile?: string | undefined;
  /** Transports Git may use, as `GIT_ALLOW_PROTOCOL` lists them; none by default. */
  protocols?: string;
  env?: Readonly<Record<string, string>>;
  signal?: AbortSignal | undefined;
  channel?: boolean;
}

/** The `git` of this machine, run so that nothing but our own configuration reaches it. */
export interface GitProgram {
  readonly version: readonly [number, number];
  /** Parent of the directories that hold the secrets of one operation each. */
  readonly secretsRoot: string;
  start(command: GitCommand): Subprocess;
  /** Runs to the end; rejects with the signal's reason when it aborts. */
  run(command: GitRun): Promise<GitResult>;
}

/** A run whose output is collected. */
export interface GitRun extends GitCommand {
  /** What standard input says. */
  input?: string | undefined;
  maxOutputBytes?: number | undefined;
  /** Sees the process as soon as it runs, to use its channel. */
  onStart?: (child: Subprocess) => void;
}

/** `stdout` is undefined when it said more than `maxOutputBytes`. */
export type GitResult = SubprocessExit & { stdout: Buffer | undefined };

export interface GitProgramOptions {
  root: string;
  /** One allocation of a Git process may not be larger (`GIT_ALLOC_LIMIT`), in bytes. */
  maxAllocationBytes: number;
  /** Where secrets lie while in use: a directory of its own, memory-backed if there is one. */
  secretsRoot?: string | undefined;
}

const oldest = [2, 34] as const;
const defaultMaxOutputBytes = 16 * 1024 * 1024;

/** Prepares `root` and checks the program. Throws `git-missing` when it is absent or too old. */
export async function findGitProgram(options: GitProgramOptions): Promise<GitProgram> {
  const home = path.join(options.root, 'home');
  const secretsRoot = options.secretsRoot ?? path.join(options.root, 'run');
  for (const directory of [home, secretsRoot]) {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  }
  await removeLeftovers(secretsRoot);
  const baseFile = path.join(options.root, 'git.config');
  await writeFile(baseFile, formatGitConfig(baseConfig));

  const start = (command: GitCommand): Subprocess =>
    startSubprocess({
      file: 'git',
      args: command.args,
      cwd: home,
      env: {
        PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
        HOME: home,
        LC_ALL: 'C',
        GIT_DIR: command.gitDir ?? path.join(home, 'no-repository'),
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_SYSTEM: '/dev/null',
        GIT_CONFIG_GLOBAL: command.configFile ?? baseFile,
        GIT_ATTR_NOSYSTEM: '1',
        GIT_TERMINAL_PROMPT: '0',
        GIT_ALLOW_PROTOCOL: command.protocols ?? 'none',
        GIT_NO_REPLACE_OBJECTS: '1',
        GIT_NO_LAZY_FETCH: '1',
        GIT_LITERAL_PATHSPECS: '1',
        GIT_OPTIONAL_LOCKS: '0',
        GIT_ALLOC_LIMIT: String(options.maxAllocationBytes),
        ...command.env,
      },
      signal: command.signal,
      channel: command.channel ?? false,
    });
  const run: GitProgram['run'] = async ({ input, maxOutputBytes, onStart, ...command }) => {
    const child = start(command);
    onStart?.(child);
    child.stdin.end(input);
    const stdout = await readAll(child.stdout, maxOutputBytes ?? defaultMaxOutputBytes, child.kill);
    const exit = await child.exit;
    command.signal?.throwIfAborted();
    return { ...exit, stdout };
  };
  return { version: await checkVersion(run), secretsRoot, start, run };
}

/** Secrets of a process that was killed must not outlive its successor's start. */
async function removeLeftovers(secretsRoot: string): Promise<void> {
  for (const name of await readdir(secretsRoot)) {
    if (!name.startsWith(privatePrefix)) continue;
    await rm(path.join(secretsRoot, name), { recursive: true, force: true });
  }
}

async function checkVersion(run: GitProgram['run']): Promise<readonly [number, number]> {
  const wanted = `install Git ${oldest.join('.')} or newer`;
  const answer = await run({ args: ['version'] }).catch((cause: unknown) => {
    throw new GitError('git-missing', `there is no git program on the PATH: ${wanted}`, { cause });
  });
  const text = answer.stdout?.toString() ?? '';
  const [, major, minor] = /^git version (\d+)\.(\d+)/.exec(text) ?? [];
  const version = [Number(major), Number(minor)] as const;
  const isOld = version[0] < oldest[0] || (version[0] === oldest[0] && version[1] < oldest[1]);
  if (isOld || Number.isNaN(version[0])) {
    throw new GitError('git-missing', `git ${text.trim().slice(0, 40)} is too old: ${wanted}`);
  }
  return version;
}
