import {
  AddressError,
  resolveAllowed,
  type AddressPolicy,
  type ResolvedAddresses,
} from '../../base/address-guard.ts';
import { GitError } from './git-error.ts';

/** The addresses of a repository's host, all of them allowed. Throws {@link GitError}. */
export async function resolveHost(
  host: string,
  policy: AddressPolicy,
  signal?: AbortSignal,
): Promise<ResolvedAddresses> {
  try {
    return await resolveAllowed(host, policy, signal);
  } catch (cause) {
    if (!(cause instanceof AddressError)) throw cause;
    throw new GitError(cause.code, cause.message, { cause });
  }
}
