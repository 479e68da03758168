import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { SourceEntry, SourceTree } from './archive-tree.ts';

/**
 * A directory of this machine as a source tree, as it is now; `.git` is left out. For people's own
 * directories: what tenants sent is never on a disk as files.
 */
export async function readDirectoryTree(root: string): Promise<SourceTree<SourceEntry>> {
  const entries: SourceEntry[] = [];
  await collect(root, '', entries);
  return {
    entries: () => entries,
    async *readFiles(wanted) {
      for (const entry of wanted) {
        const file = path.join(root, entry.path);
        const { size } = await stat(file);
        yield { entry, size, content: createReadStream(file) as AsyncIterable<Buffer> };
      }
    },
  };
}

async function collect(root: string, folder: string, into: SourceEntry[]): Promise<void> {
  for (const item of await readdir(path.join(root, folder), { withFileTypes: true })) {
    const name = folder === '' ? item.name : `${folder}/${item.name}`;
    if (item.name === '.git') continue;
    if (item.isDirectory()) await collect(root, name, into);
    else if (item.isSymbolicLink()) into.push({ path: name, kind: 'symlink' });
    else if (item.isFile()) into.push({ path: name, kind: 'file' });
  }
}
