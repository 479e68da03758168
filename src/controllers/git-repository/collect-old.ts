import { Reason } from '../../api/reasons.ts';
import type { GitRepository } from '../../api/source/git-repository.ts';
import type { ArtifactStore } from '../../engines/artifacts/artifact-store.ts';
import type { Run } from '../../runtime/run.ts';
import { ownerOf } from './stored.ts';

/** Removes replaced artifacts whose time is over. A failure is told, and does not fail the run. */
export async function collectOld(
  repo: GitRepository,
  current: { path: string },
  store: Pick<ArtifactStore, 'collect'>,
  run: Pick<Run<unknown>, 'event' | 'log'>,
): Promise<void> {
  try {
    const { length } = await store.collect(ownerOf(repo), current);
    if (length === 0) return;
    const message = `garbage collected ${length} artifact${length === 1 ? '' : 's'}`;
    run.event({ severity: 'trace', reason: Reason.GarbageCollectionSucceeded, message });
  } catch (error) {
    const message = 'old artifacts could not be removed: will be tried again';
    run.event({ severity: 'error', reason: Reason.GarbageCollectionFailed, message });
    run.log.error(message, error);
  }
}
