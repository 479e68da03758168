import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';

/** One change set; paths are relative to the repository's root. */
export interface CommitChanges {
  /** Path to content of regular files. */
  write?: Record<string, string | Uint8Array>;
  /** Path to content of files with the executable bit. */
  executable?: Record<string, string | Uint8Array>;
  /** Path to link target. */
  symlinks?: Record<string, string>;
  /** Path to the commit a gitlink points at. */
  submodules?: Record<string, string>;
  /** Files or directories to drop. */
  remove?: readonly string[];
  message?: string;
  /** Created when it does not exist, from `from` or without parents. */
  branch?: string;
  /** What a new branch starts from: a branch, tag or commit. */
  from?: string;
  /** Seconds since the epoch. */
  at?: number;
}

export interface TagOptions {
  /** What to tag: a branch or a commit; `main` by default. */
  target?: string;
  /** Makes an annotated tag with this message. */
  message?: string;
}

/** Who signs the commits made here; no Git configuration of the user is read. */
const identity = 'Fleet Bot <fleet@example.com>';

/** The environment of every Git process of the test servers. */
export function gitServerEnvironment(): NodeJS.ProcessEnv {
  const [name = '', email = ''] = identity.split(/ <|>/);
  return {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
  };
}

/** Runs Git with a fixed argument vector; its standard output. */
export function runServerGit(
  directory: string,
  args: readonly string[],
  input?: string | Uint8Array,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', args, { cwd: directory, env: gitServerEnvironment() });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', reject);
    child.stdin.on('error', () => {});
    child.on('close', (code) => {
      if (code === 0) return resolve(Buffer.concat(out).toString());
      reject(new Error(`git ${args.join(' ')}: ${Buffer.concat(err).toString()}`));
    });
    child.stdin.end(input);
  });
}

/** A bare repository of a test server; commits are made without a work tree. */
export interface ServerRepository {
  readonly directory: string;
  commit(changes: CommitChanges): Promise<string>;
  tag(name: string, options?: TagOptions): Promise<void>;
  /** Points a ref at a commit; without one, deletes it. */
  setRef(ref: string, commit?: string): Promise<void>;
  /** The text of a file at the tip of a branch, `main` by default. */
  read(file: string, branch?: string): Promise<string>;
  /** Runs Git in the repository; its standard output, trimmed. */
  git(args: readonly string[], input?: string | Uint8Array): Promise<string>;
}

/** Makes `directory` a bare repository with the given `git config` settings. */
export async function createServerRepository(
  directory: string,
  config: Record<string, string>,
): Promise<ServerRepository> {
  await mkdir(path.dirname(directory), { recursive: true });
  await runServerGit(path.dirname(directory), [
    'init',
    '--quiet',
    '--bare',
    '--initial-branch=main',
    directory,
  ]);
  const git = async (args: readonly string[], input?: string | Uint8Array) =>
    (await runServerGit(directory, args, input)).trim();
  for (const [key, value] of Object.entries(config)) await git(['config', key, value]);

  let last: Promise<unknown> = Promise.resolve();
  /** fast-import refuses a ref that moved meanwhile: one change at a time. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work);
    last = next.catch(() => {});
    return next;
  };

  return {
    directory,
    git,
    read: (file, branch = 'main') =>
      runServerGit(directory, ['cat-file', 'blob', `refs/heads/${branch}:${file}`]),
    commit: (changes) => inTurn(() => importCommit(git, changes)),
    tag: (name, { target = 'main', message } = {}) =>
      inTurn(async () => {
        await git(['tag', '--force', ...(message ? ['-a', '-m', message] : []), name, target]);
      }),
    setRef: (ref, commit) =>
      inTurn(async () => {
        await git(commit ? ['update-ref', ref, commit] : ['update-ref', '-d', ref]);
      }),
  };
}

type RunGit = (args: readonly string[], input?: string | Uint8Array) => Promise<string>;

async function importCommit(git: RunGit, changes: CommitChanges): Promise<string> {
  const ref = `refs/heads/${changes.branch ?? 'main'}`;
  const existing = await git(['for-each-ref', '--format=%(objectname)', ref]);
  const parent = existing || (changes.from && (await git(['rev-parse', changes.from])));
  await git(['fast-import', '--quiet'], formatImport(ref, parent || undefined, changes));
  return git(['rev-parse', ref]);
}

/** The `git fast-import` stream of one commit. */
function formatImport(ref: string, parent: string | undefined, changes: CommitChanges): Buffer {
  const parts: (string | Uint8Array)[] = [];
  const data = (content: string | Uint8Array) => {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    parts.push(`data ${bytes.length}\n`, bytes, '\n');
  };
  const files = (mode: string, entries: Record<string, string | Uint8Array> = {}) => {
    for (const [name, content] of Object.entries(entries)) {
      parts.push(`M ${mode} inline ${quote(name)}\n`);
      data(content);
    }
  };
  const seconds = changes.at ?? Math.floor(Date.now() / 1000);
  parts.push(`commit ${ref}\nauthor ${identity} ${seconds} +0000\n`);
  parts.push(`committer ${identity} ${seconds} +0000\n`);
  data(changes.message ?? 'Change the fleet');
  if (parent) parts.push(`from ${parent}\n`);
  for (const name of changes.remove ?? []) parts.push(`D ${quote(name)}\n`);
  files('100644', changes.write);
  files('100755', changes.executable);
  files('120000', changes.symlinks);
  for (const [name, commit] of Object.entries(changes.submodules ?? {})) {
    parts.push(`M 160000 ${commit} ${quote(name)}\n`);
  }
  parts.push('\n');
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

/** C-style quoting, as fast-import reads paths. */
function quote(name: string): string {
  return `"${name.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}
