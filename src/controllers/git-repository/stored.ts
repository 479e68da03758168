import type { Artifact } from '../../api/artifact.ts';
import { ConditionType, Reason } from '../../api/reasons.ts';
import { GitRepository, type GitRepositoryStatus } from '../../api/source/git-repository.ts';
import { parseArtifactPath, type ArtifactOwner } from '../../engines/artifacts/artifact-path.ts';
import type { ArtifactStore } from '../../engines/artifacts/artifact-store.ts';
import type { Run } from '../../runtime/run.ts';

/** Whose artifacts an object's are, in the store and in URLs. */
export function ownerOf({ metadata: { namespace = '', name } }: GitRepository): ArtifactOwner {
  return { kind: GitRepository.kind, namespace, name };
}

/**
 * The artifact of the status, if its file is there and whole; its URL as the server is known by
 * now. Otherwise the status loses it, so that nobody is sent to a file that is gone, whatever the
 * rest of the run comes to.
 */
export async function findStored(
  repo: GitRepository,
  store: Pick<ArtifactStore, 'verify' | 'urlFor'>,
  run: Pick<Run<GitRepositoryStatus>, 'record' | 'clear' | 'event' | 'log'>,
): Promise<Artifact | undefined> {
  const artifact = repo.status?.artifact;
  if (!artifact) return undefined;
  // A path of another object in a forged status must not make us look at, or remove, its file.
  const state = isOwn(repo, artifact) ? await store.verify(artifact) : 'missing';
  if (state === 'intact') return withUrl(artifact, store.urlFor(artifact.path), run);

  run.record({ artifact: undefined });
  run.clear(ConditionType.ArtifactInStorage);
  const message = `the stored artifact of revision '${artifact.revision}' is ${state}: storing it anew`;
  // A volume that starts empty, as after every restart on emptyDir, alarms nobody; damage does.
  const severity = state === 'damaged' ? 'error' : 'trace';
  run.event({ severity, reason: Reason.ArtifactVerificationFailed, message });
  run.log.info('artifact lost', { path: artifact.path, state });
  return undefined;
}

function isOwn(repo: GitRepository, { path }: Artifact): boolean {
  const { kind, namespace, name } = ownerOf(repo);
  const found = parseArtifactPath(path);
  return found?.kind === kind.toLowerCase() && found.namespace === namespace && found.name === name;
}

function withUrl(
  artifact: Artifact,
  url: string,
  run: Pick<Run<GitRepositoryStatus>, 'record'>,
): Artifact {
  if (artifact.url === url) return artifact;
  const moved = { ...artifact, url };
  run.record({ artifact: moved });
  return moved;
}
