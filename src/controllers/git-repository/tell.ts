import type { Artifact } from '../../api/artifact.ts';
import { ConditionType, Reason } from '../../api/reasons.ts';
import type { GitRepository } from '../../api/source/git-repository.ts';
import type { Commit } from '../../engines/git/commit.ts';
import { done, type Done } from '../../runtime/outcome.ts';
import type { Run } from '../../runtime/run.ts';

type Teller = Pick<Run<unknown>, 'condition' | 'clear' | 'event' | 'progress' | 'asked'>;

const { ArtifactInStorage, ArtifactOutdated } = ConditionType;
const maxSubject = 50;

/** Says that a new artifact is being made, before the work; once, however often it fails. */
export async function announceOutdated(
  repo: GitRepository,
  outdated: { reason: string; message: string } | undefined,
  run: Teller,
): Promise<void> {
  if (!outdated) return run.progress('storing the artifact anew');
  const { reason, message } = outdated;
  run.condition(ArtifactOutdated, 'True', reason, message);
  const known = repo.status?.conditions?.find(({ type }) => type === ArtifactOutdated);
  if (known?.message !== message) await run.progress(message);
}

/** A new artifact is stored; told to everybody when its content is new. */
export function tellStored(
  repo: GitRepository,
  artifact: Artifact,
  { subject }: Pick<Commit, 'subject'>,
  run: Teller,
): Done {
  const isNew = repo.status?.artifact?.digest !== artifact.digest;
  const severity = isNew ? 'info' : 'trace';
  const reason = isNew ? Reason.NewArtifact : Reason.ArtifactUpToDate;
  run.event({ severity, reason, message: `stored artifact for commit '${shorten(subject)}'` });
  return published(artifact, run);
}

/** Nothing has changed. Told only to those who asked, or every interval would cost a request. */
export function tellUnchanged(artifact: Artifact, run: Teller): Done {
  const message = `no changes since last reconciliation: observed revision '${artifact.revision}'`;
  const reason = Reason.GitOperationSucceeded;
  if (run.asked) run.event({ severity: 'trace', reason, message });
  return published(artifact, run);
}

function published({ revision }: Artifact, run: Teller): Done {
  const message = `stored artifact for revision '${revision}'`;
  run.clear(ArtifactOutdated);
  run.condition(ArtifactInStorage, 'True', Reason.Succeeded, message);
  return done({ reason: Reason.Succeeded, message });
}

/** The subject of a commit is anybody's text: one line, of a length that fits a message. */
function shorten(subject: string): string {
  const line = subject.replace(/\p{Cc}/gu, ' ').trim();
  if (line.length <= maxSubject) return line;
  // Well-formed again if the cut went through a surrogate pair.
  return `${line.slice(0, maxSubject - 3).toWellFormed()}...`;
}
