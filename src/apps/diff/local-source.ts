import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { UsageError } from '../../cli/command.ts';
import { archiveTree } from '../../engines/archive/archive-tree.ts';
import { readDirectoryTree } from '../../engines/archive/directory-tree.ts';
import type { ArtifactReference } from '../../engines/kustomize/engine-build.ts';

/** A directory in the place of a source. */
export interface LocalSource {
  artifact: ArtifactReference;
  /** What stands for `spec.path`. */
  path: string;
}

const limits = { maxFiles: 100_000, maxBytes: 512 << 20 };

/**
 * The artifact that a source would make of the directory's tree. Its root is the one named; else
 * the directory that `spec.path` starts from, if the directory ends with it; else the nearest one
 * with a `.git`; else the directory itself.
 *
 * @throws UsageError for a directory that is none, or that is not below its root
 */
export async function readLocalSource(request: {
  directory: string;
  root?: string | undefined;
  /** `spec.path`. */
  specPath: string;
  /** `spec.ignore` of the source. */
  ignore?: string | undefined;
  signal: AbortSignal;
}): Promise<LocalSource> {
  const directory = path.resolve(request.directory);
  if (!(await isDirectory(directory))) {
    throw new UsageError(`--path: ${request.directory} is not a directory`);
  }
  const root = path.resolve(request.root ?? (await rootOf(directory, request.specPath)));
  const inside = path.relative(root, directory);
  if (inside === '..' || inside.startsWith(`..${path.sep}`) || path.isAbsolute(inside)) {
    throw new UsageError(`--path: ${request.directory} is not below --root`);
  }
  const bytes = await packed(root, request);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const artifact = { digest, open: () => Promise.resolve(bytes) };
  return { artifact, path: inside.split(path.sep).join('/') };
}

async function packed(
  root: string,
  { ignore, signal }: { ignore?: string | undefined; signal: AbortSignal },
): Promise<Buffer> {
  const tree = await readDirectoryTree(root);
  const into = new PassThrough();
  const bytes = buffer(into);
  await archiveTree({ tree, ignore, into, limits, signal });
  into.end();
  return bytes;
}

async function rootOf(directory: string, specPath: string): Promise<string> {
  const below = path.posix.normalize(`/${specPath}`).replace(/\/$/, '');
  if (below !== '' && directory.endsWith(below)) {
    return directory.slice(0, directory.length - below.length) || '/';
  }
  for (let at = directory; ; at = path.dirname(at)) {
    if (await exists(path.join(at, '.git'))) return at;
    if (path.dirname(at) === at) return directory;
  }
}

const exists = (file: string) =>
  stat(file).then(
    () => true,
    () => false,
  );
const isDirectory = (file: string) =>
  stat(file).then(
    (found) => found.isDirectory(),
    () => false,
  );
