import { access, readdir, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { errorFromGit } from './error-from-git.ts';
import type { GitProgram } from './git-program.ts';

/** A bare repository on disk that holds what was fetched from one remote with one identity. */
export interface Mirror {
  readonly directory: string;
  /** True when the commit was fetched completely. */
  has(commit: string): Promise<boolean>;
  size(): Promise<MirrorSize>;
  /** Removes what a killed Git leaves: lock files and half packs. */
  tidy(): Promise<void>;
  /** Records that it was used at `ms` since the epoch. */
  touch(ms: number): Promise<void>;
}

export interface MirrorSize {
  bytes: number;
  packs: number;
}

/** The ref that marks a commit as fetched: Git writes it last. */
export function mirrorRef(commit: string): string {
  return `refs/tenantry/${commit}`;
}

/** Makes an empty mirror. */
export async function initMirror(program: GitProgram, directory: string): Promise<Mirror> {
  const result = await program.run({
    args: ['init', '--quiet', '--bare', '--template=', directory],
    gitDir: directory,
  });
  if (result.code !== 0) throw errorFromGit(result, {});
  return openMirror(directory);
}

export function openMirror(directory: string): Mirror {
  const packDirectory = path.join(directory, 'objects', 'pack');
  return {
    directory,
    async has(commit) {
      return access(path.join(directory, mirrorRef(commit))).then(
        () => true,
        () => false,
      );
    },
    async size() {
      const files = await listFiles(packDirectory);
      const sizes = await Promise.all(files.map((name) => sizeOf(path.join(packDirectory, name))));
      return {
        bytes: sizes.reduce((sum, size) => sum + size, 0),
        packs: files.filter((name) => name.endsWith('.pack')).length,
      };
    },
    async tidy() {
      const leftovers = [
        ...(await listFiles(directory)).filter((name) => name.endsWith('.lock')),
        ...(await listFiles(path.join(directory, 'refs/tenantry')))
          .filter((name) => name.endsWith('.lock'))
          .map((name) => path.join('refs/tenantry', name)),
        ...(await listFiles(packDirectory))
          .filter((name) => /^(?:tmp_|\.tmp)/.test(name))
          .map((name) => path.join('objects/pack', name)),
      ];
      for (const name of leftovers) await rm(path.join(directory, name), { force: true });
    },
    async touch(ms) {
      const time = new Date(ms);
      await utimes(directory, time, time).catch(() => {});
    },
  };
}

async function listFiles(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []);
}

/** Zero for a file that went away meanwhile. */
async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}
