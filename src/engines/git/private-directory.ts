import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** How the directories' names begin, for the sweep at start. */
export const privatePrefix = 'op-';

/** A directory only we can read, for the secrets of one operation; gone when disposed. */
export interface PrivateDirectory extends AsyncDisposable {
  readonly path: string;
  /** Writes a file readable (0600) or runnable (0700) by us alone; its path. */
  write(name: string, content: string, mode?: 0o600 | 0o700): Promise<string>;
}

export async function createPrivateDirectory(parent: string): Promise<PrivateDirectory> {
  // mkdtemp makes it 0700.
  const directory = await mkdtemp(path.join(parent, privatePrefix));
  return {
    path: directory,
    async write(name, content, mode = 0o600) {
      const file = path.join(directory, name);
      await writeFile(file, content, { mode, flag: 'w' });
      return file;
    },
    async [Symbol.asyncDispose]() {
      await rm(directory, { recursive: true, force: true });
    },
  };
}
