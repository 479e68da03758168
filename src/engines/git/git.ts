import { systemClock } from '../../base/clock.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { withDeadline } from './deadline.ts';
import { fetchTree } from './fetch-tree.ts';
import type { TreeContext } from './fetch-tree.ts';
import { environmentProxy } from './environment-proxy.ts';
import type { ProxyEnvironment } from './environment-proxy.ts';
import type { GitAuth } from './git-auth.ts';
import { GitError } from './git-error.ts';
import { findGitProgram } from './git-program.ts';
import type { GitReference } from './git-reference.ts';
import type { GitTree } from './git-tree.ts';
import { openMirrorPool } from './mirror-pool.ts';
import { openRemote } from './open-remote.ts';
import { parseRemoteUrl } from './remote-url.ts';
import type { RemoteUrl } from './remote-url.ts';
import { resolveReference } from './resolve-reference.ts';
import type { Tip } from './resolve-reference.ts';
import { normalizeSparsePaths } from './sparse-paths.ts';

/** Reads remote repositories: where a reference points, and the files of a commit. */
export interface Git {
  /**
   * Where a reference points now: one `ls-remote` and nothing else, or no request at all for a
   * commit. Throws a GitError; or the signal's reason when aborted.
   */
  resolve(request: ResolveRequest): Promise<Tip>;
  /**
   * The files of a resolved commit. Objects with the same URL and credentials share a mirror, and
   * a commit is fetched into it once, however many ask at the same time.
   */
  fetch(request: FetchRequest): Promise<GitTree>;
  /** Removes mirrors that are idle or beyond the bound; `fetch` does it now and then. */
  collect(): Promise<void>;
}

export interface ResolveRequest {
  url: string;
  ref?: GitReference | undefined;
  auth?: GitAuth | undefined;
  signal?: AbortSignal | undefined;
  /** `spec.timeout`; the engine's default otherwise. */
  timeoutMs?: number | undefined;
}

export interface FetchRequest extends Omit<ResolveRequest, 'url' | 'ref'> {
  tip: Tip;
  /** `spec.sparseCheckout`: only these directories. */
  sparse?: readonly string[] | undefined;
  recurseSubmodules?: boolean | undefined;
}

export interface GitOptions {
  /** A directory of its own, kept between runs if it can be; one process at a time. */
  root: string;
  log: Log;
  clock?: Clock;
  /** For private keys and passwords while in use; below `root` by default. */
  secretsRoot?: string;
  /** Loopback repositories: demos and tests. */
  allowLoopback?: boolean;
  /** Link-local repositories, which is where clouds keep their node credentials. */
  allowLinkLocal?: boolean;
  /** `file://` repositories: tests. */
  allowFile?: boolean;
  /** Where the operator's `https_proxy` and the like are read from; none by default. */
  proxyEnvironment?: ProxyEnvironment;
  /** `--ssh-kex-algos` */
  sshKexAlgorithms?: readonly string[];
  /** `--ssh-hostkey-algos` */
  sshHostKeyAlgorithms?: readonly string[];
  limits?: Partial<GitLimits>;
}

export interface GitLimits {
  timeoutMs: number;
  /** What one fetch may transfer. */
  maxFetchBytes: number;
  /** One file. */
  maxBlobBytes: number;
  /** Files and directories of one tree. */
  maxEntries: number;
  maxSubmodules: number;
  maxSubmoduleDepth: number;
  /** A mirror unused for this long is removed. */
  maxIdleMs: number;
  /** All mirrors together. */
  maxTotalBytes: number;
}

const mebibyte = 1024 * 1024;

export const defaultGitLimits: GitLimits = {
  timeoutMs: 60_000,
  maxFetchBytes: 1024 * mebibyte,
  maxBlobBytes: 100 * mebibyte,
  maxEntries: 500_000,
  maxSubmodules: 100,
  maxSubmoduleDepth: 8,
  maxIdleMs: 24 * 3_600_000,
  maxTotalBytes: 10 * 1024 * mebibyte,
};

const collectEveryMs = 60_000;

/** The Git engine. Nothing happens before the first request, which also checks for `git`. */
export function createGit(options: GitOptions): Git {
  const limits = { ...defaultGitLimits, ...options.limits };
  const clock = options.clock ?? systemClock;
  let opened: Promise<TreeContext> | undefined;
  let collected = clock.now();

  const open = () => {
    opened ??= openContext(options, limits, clock);
    // A missing program may be installed, a full disk emptied: the next request tries again.
    opened.catch(() => (opened = undefined));
    return opened;
  };
  const collectNowAndThen = ({ pool }: TreeContext) => {
    if (clock.now() - collected < collectEveryMs) return;
    collected = clock.now();
    pool.collect().catch((error: unknown) => options.log.error('cannot collect mirrors', error));
  };
  const locate = (text: string, auth: GitAuth) => {
    const parsed = parseRemoteUrl(text, { allowFile: options.allowFile ?? false });
    const proxy = auth.proxy ?? environmentProxy(parsed, options.proxyEnvironment ?? {});
    return withUserinfo(parsed, proxy ? { ...auth, proxy } : auth);
  };

  return {
    async resolve({ url: text, ref, auth = {}, signal, timeoutMs = limits.timeoutMs }) {
      const { url, auth: identity } = locate(text, auth);
      const what = `asking ${url.href} for its refs`;
      return withDeadline({ timeoutMs, signal, what }, async (deadline) => {
        const { remote } = await open();
        const session = () => openRemote(url, identity, remote);
        return resolveReference(text, ref, session, deadline);
      });
    },
    async fetch({ tip, auth = {}, signal, timeoutMs = limits.timeoutMs, ...rest }) {
      const remote = locate(tip.url, auth);
      const { commit, reference } = tip;
      const directories = normalizeSparsePaths(rest.sparse);
      const recurseSubmodules = rest.recurseSubmodules ?? false;
      const what = `fetching ${remote.url.href}`;
      return withDeadline({ timeoutMs, signal, what }, async (deadline) => {
        const context = await open();
        collectNowAndThen(context);
        const request = {
          ...remote,
          commit,
          reference,
          directories,
          recurseSubmodules,
          prefix: '',
        };
        const signals = { signal: deadline, readSignal: signal };
        return makingRoom(context, () => fetchTree(request, context, signals));
      });
    },
    async collect() {
      await (await open()).pool.collect();
    },
  };
}

/** Mirrors are a cache: when the disk is full, those nobody uses go, and the next try has room. */
async function makingRoom<T>({ pool }: TreeContext, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof GitError && error.code === 'disk-full') await pool.clear();
    throw error;
  }
}

/** Credentials written into the URL count as basic ones, unless others are given. */
function withUserinfo(parsed: RemoteUrl, auth: GitAuth): { url: RemoteUrl; auth: GitAuth } {
  const { credentials, ...url } = parsed;
  if (!credentials || auth.basic || auth.bearer) return { url, auth };
  return { url, auth: { ...auth, basic: credentials } };
}

async function openContext(
  options: GitOptions,
  limits: GitLimits,
  clock: Clock,
): Promise<TreeContext> {
  const { root, log, secretsRoot } = options;
  const maxAllocationBytes = 2 * limits.maxBlobBytes + 64 * mebibyte;
  const program = await findGitProgram({ root, secretsRoot, maxAllocationBytes });
  const pool = await openMirrorPool({ ...limits, root, program, clock });
  const remote = {
    program,
    addresses: {
      allowLoopback: options.allowLoopback ?? false,
      allowLinkLocal: options.allowLinkLocal ?? false,
    },
    allowFile: options.allowFile ?? false,
    ssh: {
      kexAlgorithms: options.sshKexAlgorithms,
      hostKeyAlgorithms: options.sshHostKeyAlgorithms,
    },
  };
  return { ...limits, program, clock, log, pool, remote };
}
