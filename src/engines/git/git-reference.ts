import { GitError } from './git-error.ts';

/** What to check out, as `spec.ref` says it: commit over name over semver over tag over branch. */
export interface GitReference {
  branch?: string | undefined;
  tag?: string | undefined;
  /** A Masterminds version range over the tags. */
  semver?: string | undefined;
  /** A full name: `refs/pull/420/head`. */
  name?: string | undefined;
  /** 40 hex digits; with `branch`, that branch is named in the revision. */
  commit?: string | undefined;
}

/** The branch used when nothing is asked for, as the API documents it. */
export const defaultBranch = 'master';

/** The one thing a reference asks for, after precedence, with names checked. */
export type Wanted =
  | { kind: 'commit'; commit: string; branch: string | undefined }
  | { kind: 'ref'; ref: string; shown: string }
  | { kind: 'semver'; range: string };

/** Throws `invalid-reference` for names Git would not accept, whatever they would do to it. */
export function wantedOf(reference: GitReference = {}): Wanted {
  const { commit, name, semver, tag, branch } = reference;
  if (commit) {
    if (!/^[0-9a-f]{40}$/.test(commit)) throw invalid('commit', 'is not 40 lower-case hex digits');
    if (branch) checkRefName('branch', `refs/heads/${branch}`);
    return { kind: 'commit', commit, branch: branch || undefined };
  }
  if (name) {
    if (name !== 'HEAD') checkRefName('name', name);
    return { kind: 'ref', ref: name, shown: name };
  }
  if (semver) return { kind: 'semver', range: semver };
  if (tag) return { kind: 'ref', ref: checkRefName('tag', `refs/tags/${tag}`), shown: tag };
  const head = branch || defaultBranch;
  return { kind: 'ref', ref: checkRefName('branch', `refs/heads/${head}`), shown: head };
}

/** The rules of `git check-ref-format`, for full names. */
function checkRefName(field: string, ref: string): string {
  const isValid =
    ref.length <= 1024 &&
    /^refs\/./.test(ref) &&
    !/[\p{Cc} ~^:?*[\\]|\.\.|@\{|\/\/|\/$|\.$/u.test(ref) &&
    ref.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock')) &&
    // A short name that starts with a dash is legal to Git and never what anyone meant.
    !/^refs\/(?:heads|tags)\/-/.test(ref);
  if (!isValid) throw invalid(field, 'is not a name Git accepts');
  return ref;
}

function invalid(field: string, why: string): GitError {
  return new GitError('invalid-reference', `spec.ref.${field} ${why}`);
}

/** `main@sha1:…`, or `sha1:…` for a commit asked for without a branch. */
export function formatRevision(shown: string | undefined, commit: string): string {
  return shown === undefined ? `sha1:${commit}` : `${shown}@sha1:${commit}`;
}
