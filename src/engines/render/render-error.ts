import { CodedError } from '../../base/errors.ts';

/**
 * Why a render failed.
 *
 * The source, and only a change of it or of the spec can help:
 * - `path-not-found`: the path is not a directory of the source.
 * - `path-escape`: the path, or an entry of a kustomization, leads out of the source.
 * - `remote-base`: a kustomization refers to something on the network, which is not allowed.
 * - `build-failed`: kustomize refused what it read; the message names the file or object.
 * - `substitution-failed`: a variable is missing or an expression malformed.
 * - `bad-artifact`: the artifact does not match its digest or is no archive we unpack.
 * - `result-too-large`: the rendered objects are more than the limit.
 * - `decryption-failed`: a file or object is encrypted, and malformed or changed since.
 * - `not-decrypted`: a Secret is encrypted, and nobody asked for it to be decrypted.
 *
 * The keys to decrypt with, and other keys can help:
 * - `bad-key`: a key is malformed, public only, or has a passphrase.
 * - `key-unavailable`: none of the keys opens what is encrypted.
 *
 * The limits, so a smaller source or a larger limit can help:
 * - `deadline-exceeded`: stopped because it took too long.
 * - `memory-exceeded`: stopped because it needed too much memory.
 *
 * Ourselves, and a retry can help:
 * - `engine-crashed`: the process died under this request, for no limit we know of.
 * - `engine-unavailable`: no process could be started, or the pool is closed.
 * - `unknown-artifact`, `bad-request`: parts of the protocol; never leave the renderer.
 */
export type RenderErrorCode =
  | 'path-not-found'
  | 'path-escape'
  | 'remote-base'
  | 'build-failed'
  | 'substitution-failed'
  | 'bad-artifact'
  | 'result-too-large'
  | 'decryption-failed'
  | 'not-decrypted'
  | 'bad-key'
  | 'key-unavailable'
  | 'deadline-exceeded'
  | 'memory-exceeded'
  | 'engine-crashed'
  | 'engine-unavailable'
  | 'unknown-artifact'
  | 'bad-request';

/**
 * The one error of rendering. Its message is for the tenant: it says what to change, paths are
 * relative to the source, and what files hold is not repeated.
 */
export class RenderError extends CodedError<RenderErrorCode> {}
