import type { AddressPolicy } from '../../base/address-guard.ts';
import type { GitConfig } from './git-config.ts';
import { errorFromGit } from './error-from-git.ts';
import type { GitProgram, GitResult } from './git-program.ts';
import type { RemoteUrl } from './remote-url.ts';

/** One Git command against the session's repository, which it knows as `origin`. */
export interface RemoteCommand {
  args: readonly string[];
  gitDir?: string;
  input?: string;
  maxOutputBytes?: number;
  /** Settings on top of the session's. */
  config?: GitConfig;
  signal: AbortSignal;
}

/** A repository that can be talked to; disposing removes every secret it wrote. */
export interface RemoteSession extends AsyncDisposable {
  /** Standard output of a command that succeeded. Throws a GitError otherwise. */
  run(command: RemoteCommand): Promise<Buffer>;
}

/** What every session of one engine shares. */
export interface RemoteContext {
  program: GitProgram;
  addresses: AddressPolicy;
  /** `file://` for tests. */
  allowFile: boolean;
  /** ssh's own names, in order of preference; ssh's defaults when absent. */
  ssh?: {
    kexAlgorithms?: readonly string[] | undefined;
    hostKeyAlgorithms?: readonly string[] | undefined;
  };
}

/** Standard output of a run that went well; throws what went wrong otherwise. */
export function outputOf(
  result: GitResult,
  about: { url: RemoteUrl; secrets?: readonly string[] },
): Buffer {
  if (result.stdout !== undefined && result.code === 0) return result.stdout;
  throw errorFromGit(result, about);
}
