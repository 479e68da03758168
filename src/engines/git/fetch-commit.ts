import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { GitError } from './git-error.ts';
import type { GitConfig } from './git-config.ts';
import type { GitProgram } from './git-program.ts';
import { mirrorRef } from './mirror.ts';
import type { Mirror } from './mirror.ts';
import type { RemoteSession } from './remote-session.ts';

/** Which commit to bring into a mirror, and how much of it. */
export interface CommitRequest {
  commit: string;
  /** The ref it was found at; tried when the server does not hand out bare commits. */
  reference?: string | undefined;
  /** Trees now, blobs when they are asked for. */
  withoutBlobs: boolean;
}

export interface FetchLimits {
  /** What one fetch may add to a mirror. */
  maxFetchBytes: number;
  program: GitProgram;
  clock: Clock;
  log: Log;
}

const fetchArgs = [
  'fetch',
  '--quiet',
  '--force',
  '--no-tags',
  '--no-write-fetch-head',
  '--no-auto-maintenance',
  '--no-recurse-submodules',
] as const;

/** Registers the remote as one that may keep objects back, without writing to the mirror. */
const promisorConfig: GitConfig = {
  'remote.origin.promisor': 'true',
  'remote.origin.partialCloneFilter': 'blob:none',
};

/**
 * Fetches one commit without its history. Protocol v2 servers hand out any commit by its hash; an
 * older one is asked for the ref, and, when that has moved on, for everything.
 */
export async function fetchCommit(
  session: RemoteSession,
  mirror: Mirror,
  request: CommitRequest,
  options: FetchLimits & { signal: AbortSignal },
): Promise<void> {
  const { commit, reference, withoutBlobs } = request;
  const filter = withoutBlobs ? ['--filter=blob:none'] : [];
  const config = withoutBlobs ? promisorConfig : {};
  const fetch = (depth: string, refspecs: readonly string[]) =>
    fetchInto(session, mirror, options, {
      args: [...fetchArgs, ...filter, `--depth=${depth}`, 'origin', ...refspecs],
      config,
    });
  try {
    await fetch('1', [`+${commit}:${mirrorRef(commit)}`]);
    return;
  } catch (error) {
    if (!(error instanceof GitError) || error.code !== 'ref-not-found') throw error;
    options.log.debug('the server does not hand out bare commits', { commit });
  }
  const everything = ['+refs/heads/*:refs/full/heads/*', '+refs/tags/*:refs/full/tags/*'];
  const isBranchOrTag = !reference || /^refs\/(?:heads|tags)\//.test(reference);
  if (!isBranchOrTag) everything.push(`+${reference}:refs/full/named`);
  await fetch('2147483647', everything);
  await markFetched(mirror, commit, options);
}

/** Sets the ref that a fetch of the bare commit would have set. */
async function markFetched(
  { directory: gitDir }: Mirror,
  commit: string,
  { program, signal }: FetchLimits & { signal: AbortSignal },
): Promise<void> {
  const args = ['update-ref', mirrorRef(commit), commit];
  const { code } = await program.run({ args, gitDir, signal });
  if (code === 0) return;
  throw new GitError('ref-not-found', `the repository has no commit ${commit}`);
}

/** One batch of blobs that a mirror without them needs now. */
export async function fetchBlobs(
  session: RemoteSession,
  mirror: Mirror,
  oids: readonly string[],
  options: FetchLimits & { signal: AbortSignal },
): Promise<void> {
  if (oids.length === 0) return;
  await fetchInto(session, mirror, options, {
    args: [...fetchArgs, '--filter=blob:none', '--stdin', 'origin'],
    // What is here says nothing about which blobs are: no negotiation.
    config: { ...promisorConfig, 'fetch.negotiationAlgorithm': 'noop' },
    input: oids.map((oid) => `${oid}\n`).join(''),
  });
}

/** Runs a fetch, ends it when the mirror grows too much, and leaves nothing half behind. */
async function fetchInto(
  session: RemoteSession,
  mirror: Mirror,
  { maxFetchBytes, signal, clock }: FetchLimits & { signal: AbortSignal },
  command: { args: readonly string[]; config: GitConfig; input?: string },
): Promise<void> {
  const { bytes: before } = await mirror.size();
  const tooLarge = new AbortController();
  const error = new GitError(
    'too-large',
    `the repository sends more than ${maxFetchBytes} bytes for one commit`,
  );
  const stopWatching = watchGrowth(clock, mirror, before + maxFetchBytes, () =>
    tooLarge.abort(error),
  );
  try {
    await session.run({
      ...command,
      gitDir: mirror.directory,
      signal: AbortSignal.any([signal, tooLarge.signal]),
    });
  } catch (cause) {
    await mirror.tidy();
    throw cause;
  } finally {
    stopWatching();
  }
  const { bytes: after } = await mirror.size();
  if (after - before > maxFetchBytes) throw error;
}

const growthCheckMs = 200;

/** Calls `onExceeded` once the packs, finished or not, outgrow `maxBytes`. */
function watchGrowth(
  clock: Clock,
  mirror: Mirror,
  maxBytes: number,
  onExceeded: () => void,
): () => void {
  let cancel = () => {};
  let isOver = false;
  const check = async () => {
    const { bytes } = await mirror.size();
    if (isOver) return;
    if (bytes > maxBytes) return onExceeded();
    cancel = clock.after(growthCheckMs, () => void check());
  };
  cancel = clock.after(growthCheckMs, () => void check());
  return () => {
    isOver = true;
    cancel();
  };
}
