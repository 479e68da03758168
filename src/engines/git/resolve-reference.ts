import { compileRange } from '../semver-range/range.ts';
import { compareVersions, parseVersion } from '../semver-range/version.ts';
import type { Version } from '../semver-range/version.ts';
import { GitError } from './git-error.ts';
import { formatRevision, wantedOf } from './git-reference.ts';
import type { GitReference, Wanted } from './git-reference.ts';
import { listRefs } from './list-refs.ts';
import type { RemoteRefs } from './list-refs.ts';
import type { RemoteSession } from './remote-session.ts';

/** Where a reference points now. */
export interface Tip {
  /** The repository's URL, as it was given. */
  url: string;
  /** `main@sha1:<40 hex>`, `v1.2.3@sha1:…`, `refs/pull/1/head@sha1:…` or `sha1:…`. */
  revision: string;
  commit: string;
  /** The full name of the ref that was followed; none for a bare commit. */
  reference?: string;
}

/**
 * Asks the remote where `reference` points: one `ls-remote`, or no request at all for a commit,
 * which says so itself. Throws `ref-not-found`, or `empty-repository` when there is no branch.
 */
export async function resolveReference(
  url: string,
  reference: GitReference | undefined,
  open: () => Promise<RemoteSession>,
  signal: AbortSignal,
): Promise<Tip> {
  const wanted = wantedOf(reference);
  if (wanted.kind === 'commit') return commitTip(url, wanted);
  await using session = await open();
  if (wanted.kind === 'semver') {
    const tags = await listRefs(session, { namespace: 'tags' }, signal);
    const { ref, shown } = selectTag(tags, wanted.range);
    return tip(url, { ref, shown, commit: tags.get(ref) });
  }
  const refs = await listRefs(session, { ref: wanted.ref }, signal);
  const commit = refs.get(wanted.ref);
  if (commit === undefined && (await isEmpty(session, signal))) {
    throw new GitError('empty-repository', `${url} has no commits yet`);
  }
  return tip(url, { ...wanted, commit });
}

function commitTip(url: string, { commit, branch }: Wanted & { kind: 'commit' }): Tip {
  const revision = formatRevision(branch, commit);
  return { url, revision, commit, ...(branch ? { reference: `refs/heads/${branch}` } : {}) };
}

function tip(
  url: string,
  { ref, shown, commit }: { ref: string; shown: string; commit: string | undefined },
): Tip {
  if (commit === undefined) {
    throw new GitError('ref-not-found', `the repository has no ${describe(ref)}`);
  }
  return { url, revision: formatRevision(shown, commit), commit, reference: ref };
}

function describe(ref: string): string {
  const [, kind, name] = /^refs\/(heads|tags)\/(.*)$/.exec(ref) ?? [];
  if (kind === undefined) return `ref ${ref}`;
  return `${kind === 'heads' ? 'branch' : 'tag'} '${name}'`;
}

/** The tag of the highest version in the range; of equal versions, the last by name. */
function selectTag(tags: RemoteRefs, range: string): { ref: string; shown: string } {
  const compiled = compileRange(range);
  if (!compiled) {
    throw new GitError('invalid-reference', `spec.ref.semver '${range}' is not a version range`);
  }
  let best: { ref: string; shown: string; version: Version } | undefined;
  for (const ref of [...tags.keys()].sort()) {
    const shown = ref.slice('refs/tags/'.length);
    const version = parseVersion(shown);
    if (!version || !compiled.includes(version)) continue;
    if (!best || compareVersions(version, best.version) >= 0) best = { ref, shown, version };
  }
  if (!best) throw new GitError('ref-not-found', `no tag of the repository is in '${range}'`);
  return best;
}

/** Only asked when the ref is missing, to name the reason. */
async function isEmpty(session: RemoteSession, signal: AbortSignal): Promise<boolean> {
  return (await listRefs(session, { namespace: 'heads' }, signal)).size === 0;
}
