import { parseCommit } from './commit.ts';
import type { Commit } from './commit.ts';
import { errorFromGit } from './error-from-git.ts';
import { fetchBlobs, fetchCommit } from './fetch-commit.ts';
import type { FetchLimits } from './fetch-commit.ts';
import { GitError } from './git-error.ts';
import type { GitAuth } from './git-auth.ts';
import type { TreePart } from './git-tree.ts';
import { listTree } from './ls-tree.ts';
import type { RawEntry } from './ls-tree.ts';
import type { MirrorPool, MirrorShape } from './mirror-pool.ts';
import type { MirrorLease } from './mirror-slot.ts';
import { openRemote } from './open-remote.ts';
import type { RemoteContext } from './remote-session.ts';
import type { RemoteUrl } from './remote-url.ts';
import { checkSparsePaths } from './sparse-paths.ts';

/** One repository's share of a tree to be fetched. */
export interface PartRequest {
  url: RemoteUrl;
  auth: GitAuth;
  commit: string;
  reference?: string | undefined;
  prefix: string;
  /** Normalised; empty for everything. */
  directories: readonly string[];
  recurseSubmodules: boolean;
}

export interface PartContext extends FetchLimits {
  remote: RemoteContext;
  pool: MirrorPool;
  maxEntries: number;
}

export interface PreparedPart {
  part: TreePart;
  commit: Commit;
}

/**
 * Brings a commit into its mirror, unless it is there, and checks that it can be read. A mirror
 * that turns out damaged is replaced once.
 */
export async function preparePart(
  request: PartRequest,
  context: PartContext,
  signal: AbortSignal,
): Promise<PreparedPart> {
  const { href } = request.url;
  let shape: MirrorShape = request.directories.length > 0 ? 'sparse' : 'full';
  for (;;) {
    const lease = await context.pool.acquire({ href, auth: request.auth, shape });
    try {
      return await prepareIn({ lease, shape }, request, context, signal);
    } catch (error) {
      const code = error instanceof GitError ? error.code : undefined;
      if (code === 'corrupt' || code === 'too-large') lease.retire();
      await lease[Symbol.asyncDispose]();
      if (code === 'corrupt' && !lease.isNew) {
        context.log.info('replacing a damaged mirror', { url: href });
      } else if (code === 'ref-not-found' && shape === 'sparse') {
        // An old server that filters but does not hand out single objects.
        shape = 'full';
      } else {
        throw error;
      }
    }
  }
}

async function prepareIn(
  { lease, shape }: { lease: MirrorLease; shape: MirrorShape },
  request: PartRequest,
  context: PartContext,
  signal: AbortSignal,
): Promise<PreparedPart> {
  const { mirror } = lease;
  const { commit, reference, prefix } = request;
  await lease.inTurn(async () => {
    if (await mirror.has(commit)) return;
    await using session = await openRemote(request.url, request.auth, context.remote);
    const withoutBlobs = shape === 'sparse';
    await fetchCommit(session, mirror, { commit, reference, withoutBlobs }, { ...context, signal });
  }, signal);
  const object = await readCommit(context, mirror.directory, commit, signal);
  const entries = await collectEntries(context, mirror.directory, request, signal);
  if (shape === 'sparse') {
    await lease.inTurn(() => completeBlobs(lease, request, context, { entries, signal }), signal);
  }
  return { part: { lease, prefix, entries }, commit: object };
}

async function readCommit(
  { program }: PartContext,
  gitDir: string,
  commit: string,
  signal: AbortSignal,
): Promise<Commit> {
  const maxOutputBytes = 1024 * 1024;
  const args = ['cat-file', 'commit', commit];
  const result = await program.run({ args, gitDir, maxOutputBytes, signal });
  if (result.code !== 0 || !result.stdout) throw errorFromGit(result, {});
  return parseCommit(commit, result.stdout);
}

async function collectEntries(
  { program, maxEntries }: PartContext,
  gitDir: string,
  { commit, directories, recurseSubmodules }: PartRequest,
  signal: AbortSignal,
): Promise<RawEntry[]> {
  const entries: RawEntry[] = [];
  const paths = directories.map((directory) => `${directory}/`);
  // Where submodules are is said at the root, whatever part of the tree is wanted.
  if (recurseSubmodules && paths.length > 0) paths.push('.gitmodules');
  const options = { gitDir, commit, paths, maxEntries, signal };
  for await (const entry of listTree(program, options)) entries.push(entry);
  checkSparsePaths(
    directories,
    entries.map(({ path }) => path),
  );
  return entries;
}

/** Fetches, in one batch, the wanted blobs that a mirror without blobs does not have yet. */
async function completeBlobs(
  { mirror }: MirrorLease,
  { url, auth }: PartRequest,
  context: PartContext,
  { entries, signal }: { entries: readonly RawEntry[]; signal: AbortSignal },
): Promise<void> {
  const files = entries.filter(({ kind }) => kind !== 'submodule');
  const oids = [...new Set(files.map(({ oid }) => oid))];
  const result = await context.program.run({
    args: ['cat-file', '--batch-check', '--buffer'],
    gitDir: mirror.directory,
    input: oids.map((oid) => `${oid}\n`).join(''),
    maxOutputBytes: oids.length * 100 + 1024,
    signal,
  });
  if (result.code !== 0 || !result.stdout) throw errorFromGit(result, {});
  const missing = [...result.stdout.toString().matchAll(/^([0-9a-f]{40}) missing$/gm)];
  if (missing.length === 0) return;
  await using session = await openRemote(url, auth, context.remote);
  const wanted = missing.map(([, oid]) => oid ?? '');
  await fetchBlobs(session, mirror, wanted, { ...context, signal });
}
