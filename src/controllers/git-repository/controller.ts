import { finalizer } from '../../api/finalizer.ts';
import { Reason } from '../../api/reasons.ts';
import { GitRepository, type GitRepositoryStatus } from '../../api/source/git-repository.ts';
import { unsupportedGitRepositoryFields } from '../../api/source/unsupported.ts';
import { unsupportedMessage } from '../../api/unsupported.ts';
import { parseDuration } from '../../base/duration.ts';
import { stalled } from '../../base/errors.ts';
import type { ArtifactStore } from '../../engines/artifacts/artifact-store.ts';
import type { Git } from '../../engines/git/git.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';
import { defineController } from '../../runtime/controller.ts';
import { done } from '../../runtime/outcome.ts';
import type { ArtifactReader } from '../shared/artifact-fetch.ts';
import { readGitAuth } from '../shared/git-credentials.ts';
import { attempt } from './attempt.ts';
import { collectOld } from './collect-old.ts';
import { resolveIncludes } from './includes.ts';
import { inputsStatus, whyOutdated } from './inputs.ts';
import { publishTree } from './publish.ts';
import { failureConditions } from './step-failure.ts';
import { findStored, ownerOf } from './stored.ts';
import { announceOutdated, tellStored, tellUnchanged } from './tell.ts';

/** What all GitRepositories of a process share. */
export interface GitRepositoryDeps {
  client: Pick<KubeClient, 'get'>;
  caches: Caches;
  git: Git;
  store: ArtifactStore;
  /** Reads what spec.include names. */
  artifacts: ArtifactReader;
}

/** Beside the Git operations: packing, storing, reading included artifacts. */
const storingMs = 120_000;

/** Publishes a Git revision as an artifact that other controllers consume. */
export const gitRepositoryController = defineController<GitRepositoryDeps>()({
  kind: GitRepository,
  name: 'source-controller',
  finalizer,
  watches: [GitRepository.type],
  isSuspended: ({ spec }) => spec.suspend === true,
  handlesRequestWhileSuspended: true,
  intervalMs: ({ spec }) => parseDuration(spec.interval) ?? 60_000,
  timeoutMs: (repo) => 2 * operationMs(repo) + storingMs,
  eventMetadata: ({ status }) => artifactMetadata(status),

  async reconcile(repo, { client, caches, git, store, artifacts }, run) {
    for (const condition of failureConditions) run.clear(condition);
    refuseUnsupported(repo);
    const { signal } = run;
    const timeoutMs = operationMs(repo);
    const { url, ref, recurseSubmodules, sparseCheckout: sparse } = repo.spec;

    const stored = await attempt(run, 'StorageOperationFailed', () => findStored(repo, store, run));
    const auth = await attempt(run, 'FetchFailed', () => readGitAuth(client, repo, signal));
    const tip = await attempt(run, 'FetchFailed', () =>
      git.resolve({ url, ref, auth, signal, timeoutMs }),
    );
    const includes = await attempt(run, 'IncludeUnavailable', () =>
      resolveIncludes(repo, caches, run),
    );
    const { revision } = tip;
    const inputs = { revision, included: includes.map(({ artifact }) => artifact) };
    const outdated = whyOutdated(repo, inputs);
    if (stored && !outdated) {
      await collectOld(repo, stored, store, run);
      return tellUnchanged(stored, run);
    }

    await announceOutdated(repo, outdated, run);
    await using tree = await attempt(run, 'FetchFailed', () =>
      git.fetch({ tip, auth, sparse, recurseSubmodules, signal, timeoutMs }),
    );
    const artifact = await attempt(run, 'StorageOperationFailed', () =>
      publishTree({ repo, tree, revision, includes, store, artifacts, signal }),
    );
    run.record({ artifact, ...inputsStatus(repo, inputs) });
    await collectOld(repo, artifact, store, run);
    return tellStored(repo, artifact, tree.commit, run);
  },

  async cleanup(repo, { store }) {
    await store.removeAll(ownerOf(repo));
    return done({ reason: Reason.GarbageCollectionSucceeded, message: 'removed all artifacts' });
  },
});

function refuseUnsupported(repo: GitRepository): void {
  const fields = unsupportedGitRepositoryFields(repo);
  if (fields.length > 0) throw stalled(Reason.InvalidSpec, unsupportedMessage(fields));
}

/** `spec.timeout`: of one Git operation. */
function operationMs({ spec }: GitRepository): number {
  return parseDuration(spec.timeout) ?? 60_000;
}

function artifactMetadata(status: GitRepositoryStatus | undefined): Record<string, string> {
  const { revision, digest } = status?.artifact ?? {};
  return revision === undefined || digest === undefined ? {} : { revision, digest };
}
