import type { Artifact } from '../../api/artifact.ts';
import { Reason } from '../../api/reasons.ts';
import type { GitRepository, GitRepositoryStatus } from '../../api/source/git-repository.ts';

/** Everything an artifact is made from, besides the code that makes it. */
export interface ArtifactInputs {
  /** `main@sha1:<commit>`. */
  revision: string;
  /** Artifacts of spec.include, in its order. */
  included: readonly Artifact[];
}

type Observed = Pick<
  GitRepositoryStatus,
  'observedIgnore' | 'observedInclude' | 'observedRecurseSubmodules' | 'observedSparseCheckout'
>;

/** The fields of the spec that decide what an artifact holds, as the status repeats them. */
function observe({ spec }: GitRepository): { [K in keyof Observed]: Observed[K] | undefined } {
  return {
    observedIgnore: spec.ignore,
    observedInclude: spec.include?.length ? spec.include : undefined,
    observedRecurseSubmodules: spec.recurseSubmodules || undefined,
    observedSparseCheckout: spec.sparseCheckout?.length ? spec.sparseCheckout : undefined,
  };
}

const fieldOf: Record<keyof Observed, string> = {
  observedIgnore: 'spec.ignore',
  observedInclude: 'spec.include',
  observedRecurseSubmodules: 'spec.recurseSubmodules',
  observedSparseCheckout: 'spec.sparseCheckout',
};

/** What the status says of an artifact's inputs; `undefined` removes a field. */
export function inputsStatus(repo: GitRepository, { included }: ArtifactInputs) {
  return {
    ...observe(repo),
    includedArtifacts: included.length > 0 ? [...included] : undefined,
  };
}

/** Reason and message of ArtifactOutdated; undefined while the artifact is made from these inputs. */
export function whyOutdated(
  repo: GitRepository,
  { revision, included }: ArtifactInputs,
): { reason: string; message: string } | undefined {
  const status = repo.status ?? {};
  if (status.artifact?.revision !== revision) {
    return { reason: Reason.NewRevision, message: `new upstream revision '${revision}'` };
  }
  const changed = changedFields(observe(repo), status);
  if (changed.length > 0) {
    return { reason: Reason.NewRevision, message: `${changed.join(', ')} changed` };
  }
  if (digestsOf(included) !== digestsOf(status.includedArtifacts ?? [])) {
    return { reason: Reason.IncludeChange, message: 'an included artifact changed' };
  }
  return undefined;
}

function changedFields(wanted: ReturnType<typeof observe>, status: GitRepositoryStatus): string[] {
  const keys = Object.keys(fieldOf) as (keyof Observed)[];
  return keys
    .filter((key) => canonical(wanted[key]) !== canonical(status[key]))
    .map((key) => fieldOf[key]);
}

const digestsOf = (artifacts: readonly Artifact[]) =>
  JSON.stringify(artifacts.map(({ digest, revision }) => [digest, revision]));

/** The API server returns fields in an order of its own. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, each: unknown) =>
      typeof each === 'object' && each !== null && !Array.isArray(each)
        ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
        : each,
    ) ?? ''
  );
}
