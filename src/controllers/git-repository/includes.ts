import { Artifact } from '../../api/artifact.ts';
import { Reason } from '../../api/reasons.ts';
import { GitRepository } from '../../api/source/git-repository.ts';
import { stalled, waiting } from '../../base/errors.ts';
import type { KubeObject, ObjectKey } from '../../kube/object.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';
import type { Run } from '../../runtime/run.ts';

/** One entry of spec.include, found: which files of which artifact go where. */
export interface Include {
  key: Required<ObjectKey>;
  artifact: Artifact;
  /** Directories without `.` or `..` segments; empty is the root. */
  fromPath: string;
  toPath: string;
}

/** A GitRepository as the watch last saw it, not decoded: it may be malformed. */
interface CachedRepository extends KubeObject {
  spec?: { include?: { repository?: { name?: string } }[] };
  status?: { artifact?: unknown };
}

/** Fallback wait for an include that is not there; its own events come first. */
const includeWaitMs = 30_000;

/**
 * The artifacts that spec.include names, all from the object's own namespace. Each is tracked, so
 * that a new artifact, or the first one, wakes this object at once. Throws `waiting` while one is
 * missing, and `stalled` for paths that lead out and for includes that lead back here, which would
 * make every artifact the cause of the next.
 */
export async function resolveIncludes(
  repo: GitRepository,
  caches: Caches,
  run: Pick<Run<unknown>, 'track' | 'signal'>,
): Promise<Include[]> {
  const { include = [] } = repo.spec;
  if (include.length === 0) return [];
  const namespace = repo.metadata.namespace ?? '';
  const { type } = GitRepository;
  for (const { repository } of include) run.track(type, { namespace, name: repository.name });
  const cache = caches.for<CachedRepository>(type);
  await cache.synced(run.signal);
  const find = (name: string) => cache.get({ namespace, name });

  const cycle = findCycle(repo.metadata.name, namesOf(repo), (name) => namesOf(find(name)));
  if (cycle) throw stalled(Reason.InvalidSpec, `spec.include leads back to itself: ${cycle}`);
  return include.map(({ repository: { name }, fromPath, toPath }) => ({
    key: { namespace, name },
    artifact: artifactOf(name, find(name)),
    fromPath: cleanPath('fromPath', fromPath ?? ''),
    toPath: cleanPath('toPath', toPath || name),
  }));
}

function artifactOf(name: string, source: CachedRepository | undefined): Artifact {
  const afterMs = includeWaitMs;
  if (!source) {
    const message = `the included GitRepository '${name}' is not found: create it or remove it from spec.include`;
    throw waiting(Reason.NotFound, message, { afterMs });
  }
  const artifact = Artifact.safeParse(source.status?.artifact);
  if (artifact.success) return artifact.data;
  const message = `the included GitRepository '${name}' has no artifact yet: see its conditions`;
  throw waiting(Reason.NoSourceArtifact, message, { afterMs });
}

function cleanPath(field: 'fromPath' | 'toPath', text: string): string {
  const segments = text.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..') || text.includes('\0')) {
    throw stalled(Reason.IllegalPath, `spec.include: ${field} '${text}' leads out of the artifact`);
  }
  return segments.join('/');
}

function namesOf(object: CachedRepository | GitRepository | undefined): string[] {
  const include: readonly { repository?: { name?: string } }[] = object?.spec?.include ?? [];
  return include.flatMap(({ repository }) => repository?.name ?? []);
}

/** The way from `start` along includes back to it, as `a → b → a`. */
function findCycle(
  start: string,
  first: readonly string[],
  next: (name: string) => readonly string[],
): string | undefined {
  const seen = new Set<string>();
  const paths = first.map((name) => [start, name]);
  for (let path = paths.pop(); path; path = paths.pop()) {
    const last = path.at(-1) ?? '';
    if (last === start) return path.join(' → ');
    if (seen.has(last)) continue;
    seen.add(last);
    for (const name of next(last)) paths.push([...path, name]);
  }
  return undefined;
}
