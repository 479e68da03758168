import { CodedError } from '../../base/errors.ts';

/**
 * What went wrong with a repository, for callers to branch on.
 *
 * Only a change of the object helps: `invalid-url`, `invalid-reference`, `invalid-credentials`,
 * `address-refused`, `unsupported`, `unsafe-content`, `sparse-path-missing`, `submodule`.
 * The repository, its server or this machine has to change: everything else.
 */
export type GitErrorCode =
  /** Not an http(s) or ssh URL, or one that could mean something else to Git. */
  | 'invalid-url'
  /** A branch, tag, name, range or commit that no repository can have. */
  | 'invalid-reference'
  /** Keys, certificates or proxy settings that cannot be used as they are. */
  | 'invalid-credentials'
  /** The host resolves to a link-local, metadata or loopback address. */
  | 'address-refused'
  /** The server (or the proxy) did not accept the credentials, or wants some. */
  | 'authentication-failed'
  /** No such repository, or none these credentials may see. */
  | 'not-found'
  | 'ref-not-found'
  | 'empty-repository'
  /** Name resolution, connection or an interrupted transfer. */
  | 'unreachable'
  /** The server answered that it cannot serve now: 5xx, 429. */
  | 'server-error'
  | 'timeout'
  /** A pack, blob, tree or allocation beyond the configured limits. */
  | 'too-large'
  /** The SSH host key is not the one in known_hosts. */
  | 'host-key-mismatch'
  /** The server's TLS certificate is not trusted, or ours was not accepted. */
  | 'certificate'
  /** Objects on disk or on the wire do not hold together. */
  | 'corrupt'
  /** Objects no honest repository has: `..` in a path, duplicate names. */
  | 'unsafe-content'
  | 'sparse-path-missing'
  | 'submodule'
  | 'disk-full'
  /** Dumb HTTP, SHA-256 repositories and the like. */
  | 'unsupported'
  /** No `git` here, or one that is too old. */
  | 'git-missing'
  | 'failed';

/** Thrown by everything in this folder; the message is safe to show and says what to change. */
export class GitError extends CodedError<GitErrorCode> {}
