import { CodedError } from '../../base/errors.ts';

/**
 * Why the store could not do what it was asked.
 *
 * - `invalid-path`: a kind, namespace, name or file name that would not stay in the store.
 * - `disk-full`: no room (or quota); what was stored before is untouched.
 * - `not-found`, `damaged`: the file is missing, or its bytes are not those of the digest.
 * - `unsupported-digest`: an algorithm this Node.js does not have.
 * - `io`: the file system refused for another reason.
 */
export type ArtifactErrorCode =
  'invalid-path' | 'disk-full' | 'not-found' | 'damaged' | 'unsupported-digest' | 'io';

export class ArtifactError extends CodedError<ArtifactErrorCode> {}

const fullDisk = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Turns a file-system error into an ArtifactError; others, those of whoever writes too, pass. */
export function fromFileSystem(error: unknown, action: string): unknown {
  if (error instanceof CodedError || !(error instanceof Error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code === undefined || error.name === 'AbortError') return error;
  if (fullDisk.has(code)) {
    const message = `${action}: the artifact storage is full; free space or raise its limit`;
    return new ArtifactError('disk-full', message, { cause: error });
  }
  if (code === 'ENOENT')
    return new ArtifactError('not-found', `${action}: no such artifact`, { cause: error });
  // The system's own message names paths of this machine.
  return new ArtifactError('io', `${action}: ${code}`, { cause: error });
}
