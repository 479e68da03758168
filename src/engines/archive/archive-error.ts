import { CodedError } from '../../base/errors.ts';

/**
 * What is wrong with what was to be packed or unpacked.
 *
 * - `too-large`: more files, bytes or expansion than allowed.
 * - `invalid-ignore`: too many ignore patterns.
 * - `unsafe-entry`: a path that leaves the archive or is there twice, a link, a device; or no whole
 *   gzip tarball at all.
 * - `missing-path`: the directory to include is not in the artifact.
 */
export type ArchiveErrorCode = 'too-large' | 'invalid-ignore' | 'unsafe-entry' | 'missing-path';

/** Thrown by everything in this folder; the message is safe to show and says what to change. */
export class ArchiveError extends CodedError<ArchiveErrorCode> {}
