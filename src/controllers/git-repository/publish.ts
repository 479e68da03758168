import { Readable } from 'node:stream';
import { GitRepository } from '../../api/source/git-repository.ts';
import { archiveTree, type Overlay } from '../../engines/archive/archive-tree.ts';
import { readTarball } from '../../engines/archive/tarball.ts';
import type { ArtifactStore, StoredArtifact } from '../../engines/artifacts/artifact-store.ts';
import type { GitTree } from '../../engines/git/git-tree.ts';
import type { ArtifactReader } from '../shared/artifact-fetch.ts';
import type { Include } from './includes.ts';
import { ownerOf } from './stored.ts';

/** What one include may add, unpacked; it is held in memory while the artifact is written. */
const includeLimits = { maxFiles: 20_000, maxBytes: 128 * 1024 * 1024 };

/** Writes a commit's files, and what is included, as the artifact `<commit>.tar.gz`. */
export async function publishTree(request: {
  repo: GitRepository;
  tree: GitTree;
  revision: string;
  includes: readonly Include[];
  store: Pick<ArtifactStore, 'publish'>;
  artifacts: ArtifactReader;
  signal: AbortSignal;
}): Promise<StoredArtifact> {
  const { repo, tree, revision, includes, store, signal } = request;
  const { ignore } = repo.spec;
  const overlays: Overlay[] = [];
  for (const include of includes) overlays.push(await readInclude(include, request));
  return store.publish({
    ...ownerOf(repo),
    file: `${tree.commit.hash}.tar.gz`,
    revision,
    signal,
    write: (into) => archiveTree({ tree, ignore, overlays, into, signal }),
  });
}

async function readInclude(
  { key, artifact, fromPath, toPath }: Include,
  { artifacts, signal }: { artifacts: ArtifactReader; signal: AbortSignal },
): Promise<Overlay> {
  const source = { type: GitRepository.type, key, artifact };
  const bytes = await artifacts.read(source, { namespace: key.namespace }, signal);
  const isWanted = (path: string) => fromPath === '' || path.startsWith(`${fromPath}/`);
  const files = await readTarball(Readable.from([bytes]), isWanted, includeLimits);
  return { files, fromPath, toPath };
}
