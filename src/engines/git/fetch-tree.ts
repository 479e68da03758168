import type { GitAuth } from './git-auth.ts';
import { withoutIdentity } from './git-auth.ts';
import { GitError } from './git-error.ts';
import { readGitmodules, resolveSubmoduleUrl } from './gitmodules.ts';
import { createGitTree } from './git-tree.ts';
import type { GitTree, TreePart } from './git-tree.ts';
import { preparePart } from './prepare-part.ts';
import type { PartContext, PartRequest, PreparedPart } from './prepare-part.ts';
import { isSameOrigin } from './remote-url.ts';
import type { RemoteUrl } from './remote-url.ts';

export interface TreeContext extends PartContext {
  maxBlobBytes: number;
  /** Levels of submodules in submodules. */
  maxSubmoduleDepth: number;
  /** Submodules of one tree, all levels together. */
  maxSubmodules: number;
}

/** Fetches a commit, and its submodules if wanted, as one tree. */
export async function fetchTree(
  request: PartRequest,
  context: TreeContext,
  { signal, readSignal }: { signal: AbortSignal; readSignal: AbortSignal | undefined },
): Promise<GitTree> {
  const root = await preparePart(request, context, signal);
  const parts: TreePart[] = [root.part];
  try {
    if (request.recurseSubmodules) {
      await addSubmodules({ request, prepared: root, depth: 1 }, parts, context, signal);
    }
    checkSize(parts, context);
  } catch (error) {
    await Promise.all(parts.map(({ lease }) => lease[Symbol.asyncDispose]()));
    throw error;
  }
  return createGitTree(root.commit, parts, { ...context, signal: readSignal });
}

interface Level {
  request: PartRequest;
  prepared: PreparedPart;
  depth: number;
}

async function addSubmodules(
  { request, prepared, depth }: Level,
  parts: TreePart[],
  context: TreeContext,
  signal: AbortSignal,
): Promise<void> {
  const links = prepared.part.entries.filter(({ kind }) => kind === 'submodule');
  if (links.length === 0) return;
  if (depth > context.maxSubmoduleDepth) {
    throw new GitError('submodule', `submodules nest deeper than ${context.maxSubmoduleDepth}`);
  }
  const urls = await readUrls(prepared, context, signal);
  for (const { path, oid: commit } of links) {
    if (parts.length > context.maxSubmodules) {
      throw new GitError('submodule', `more than ${context.maxSubmodules} submodules`);
    }
    const prefix = `${prepared.part.prefix}${path}/`;
    const child = await namingSubmodule(prefix, async () => {
      const { url, auth } = locate(request, urls.get(path), context);
      const part = { ...request, url, auth, commit, prefix, reference: undefined, directories: [] };
      return { request: part, prepared: await preparePart(part, context, signal) };
    });
    parts.push(child.prepared.part);
    await addSubmodules({ ...child, depth: depth + 1 }, parts, context, signal);
  }
}

function checkSize(parts: readonly TreePart[], { maxEntries }: TreeContext): void {
  const total = parts.reduce((sum, { entries }) => sum + entries.length, 0);
  if (total <= maxEntries) return;
  throw new GitError('too-large', `the tree and its submodules have more than ${maxEntries} files`);
}

/** The URLs `.gitmodules` gives. */
async function readUrls(
  { part }: PreparedPart,
  { program }: TreeContext,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const file = part.entries.find(({ path }) => path === '.gitmodules');
  // A link could only point at something that is not the file Git means.
  if (!file || file.kind === 'symlink') return new Map();
  return readGitmodules(program, { gitDir: part.lease.mirror.directory, oid: file.oid, signal });
}

/** The parent's credentials go along only to where they already go. */
function locate(
  parent: PartRequest,
  url: string | undefined,
  { remote }: TreeContext,
): { url: RemoteUrl; auth: GitAuth } {
  if (url === undefined) throw new GitError('submodule', '.gitmodules does not give its URL');
  const located = resolveSubmoduleUrl(parent.url, url, remote);
  const { credentials: _ignored, ...clean } = located;
  const mayReuse = isSameOrigin(parent.url, located);
  return { url: clean, auth: mayReuse ? parent.auth : withoutIdentity(parent.auth) };
}

/** Errors that a change of `.gitmodules` mends become `submodule`; the others keep their code. */
async function namingSubmodule<T>(prefix: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof GitError)) throw cause;
    const mendable = ['invalid-url', 'address-refused', 'invalid-credentials'];
    const code = mendable.includes(cause.code) ? 'submodule' : cause.code;
    throw new GitError(code, `submodule '${prefix.slice(0, -1)}': ${cause.message}`, { cause });
  }
}
