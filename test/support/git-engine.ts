import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentLog } from '../../src/base/log.ts';
import { createGit } from '../../src/engines/git/git.ts';
import type { Git, GitOptions } from '../../src/engines/git/git.ts';
import { GitError } from '../../src/engines/git/git-error.ts';
import type { GitTree } from '../../src/engines/git/git-tree.ts';
import { startGitServer } from './git-server.ts';
import type { GitServer, GitServerOptions } from './git-server.ts';

/** Everything a test of the Git engine started; `stop` takes it down again. */
export interface GitBench {
  /** A fresh engine that may use loopback. */
  engine(options?: Partial<GitOptions>): Promise<Git & { root: string }>;
  server(options?: GitServerOptions): Promise<GitServer>;
  directory(): Promise<string>;
  /** Something else to take down. */
  defer(step: () => Promise<unknown>): void;
  stop(): Promise<void>;
}

export function createGitBench(): GitBench {
  const undo: (() => Promise<unknown>)[] = [];
  const directory = async () => {
    const root = await mkdtemp(path.join(tmpdir(), 'git-engine-'));
    undo.push(() => rm(root, { recursive: true, force: true }));
    return root;
  };
  return {
    directory,
    defer: (step) => void undo.push(step),
    async engine(options) {
      const root = options?.root ?? (await directory());
      const git = createGit({ root, log: silentLog, allowLoopback: true, ...options });
      return { ...git, root };
    },
    async server(options) {
      const server = await startGitServer(options);
      undo.push(() => server.stop());
      return server;
    },
    async stop() {
      for (const step of undo.splice(0).reverse()) await step();
    },
  };
}

/** Path to text of a whole tree; `*` marks executables, `-> target` symlinks. */
export async function readTree(tree: GitTree): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { entry, content } of tree.readFiles([...tree.entries()])) {
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const mark = { file: '', executable: '*', symlink: '-> ' }[entry.kind];
    files[entry.path] = mark + text;
  }
  return files;
}

/** The GitError a promise fails with; anything else is a failed test. */
export async function gitErrorOf(work: Promise<unknown>): Promise<GitError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof GitError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
