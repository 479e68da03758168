import { Artifact } from '../../api/artifact.ts';
import { Reason } from '../../api/reasons.ts';
import { denied, retryable, stalled, waiting } from '../../base/errors.ts';
import type { ObjectKey, ResourceType } from '../../kube/object.ts';
import type { Run } from '../../runtime/run.ts';
import { namespaceType } from '../../kube/core-resources.ts';
import { decideFromCaches, type SourceAccess, type SourceObject } from './source-access.ts';

/** `spec.sourceRef` of a consumer; without a namespace, its own is meant. */
export interface SourceRef {
  kind: string;
  name: string;
  namespace?: string | undefined;
}

/** A source that the referrer may use and that has something to offer. */
export interface ResolvedSource {
  type: ResourceType;
  key: Required<ObjectKey>;
  source: SourceObject;
  artifact: Artifact;
}

type SourceRun = Pick<Run<unknown>, 'track' | 'signal'>;

/**
 * The source an object refers to. Access is decided first, so a namespace that has none learns
 * nothing from the rest. Throws `denied` (AccessDenied), `stalled` (a kind nobody serves),
 * `retryable` (no such source) or `waiting` (no artifact yet); each is re-examined as soon as the
 * source, its grant, or the labels of either namespace change, because the run tracks them.
 */
export async function resolveSource(request: {
  referrer: { namespace: string };
  ref: SourceRef;
  access: SourceAccess;
  run: SourceRun;
  /** Fallback wait for an artifact that does not exist yet; events come first. */
  waitMs?: number;
}): Promise<ResolvedSource> {
  const { referrer, ref, access, run, waitMs = 30_000 } = request;
  const type = access.kinds.find(({ kind }) => kind === ref.kind);
  if (!type) throw stalled(Reason.UnsupportedSourceKind, unknownKind(ref.kind, access.kinds));
  const key = { namespace: ref.namespace || referrer.namespace, name: ref.name };
  const source = await readWithAccess({ referrer, type, key, access, run });

  const name = `${type.kind} '${key.namespace}/${key.name}'`;
  if (!source) {
    const own = ref.namespace
      ? ''
      : `; a sourceRef without a namespace means '${referrer.namespace}'`;
    const message = `${name} not found: create it or correct the sourceRef${own}`;
    throw retryable(Reason.ArtifactFailed, message);
  }
  const artifact = Artifact.safeParse(source.status?.artifact);
  if (!artifact.success) {
    const message = `${name} has no artifact yet: see its conditions`;
    throw waiting(Reason.ArtifactFailed, message, { afterMs: waitMs });
  }
  return { type, key, source, artifact: artifact.data };
}

const blind =
  'access to sources of other namespaces cannot be checked: the watch on the API server is interrupted';

async function readWithAccess(request: {
  referrer: { namespace: string };
  type: ResourceType;
  key: Required<ObjectKey>;
  access: SourceAccess;
  run: SourceRun;
}): Promise<SourceObject | undefined> {
  const { referrer, type, key, access, run } = request;
  run.track(type, key);
  for (const { namespace: name } of [referrer, key]) run.track(namespaceType, { name });
  await access.caches.for(type).synced(run.signal);
  await access.caches.for(namespaceType).synced(run.signal);
  const fetched = access.fetch && { source: await access.fetch(type, key, run.signal) };
  const decided = decideFromCaches(access, referrer, { type, key, fetched });
  const { decision, source, isNamespaceKnown } = decided;
  if (!decided.isCurrent) throw waiting(Reason.ArtifactFailed, blind, { afterMs: 5_000 });
  if (decision.allowed) return source;
  const cause = new Error(decision.cause);
  // A namespace so new that its watch event is still under way is not refused, only not yet let in.
  if (!isNamespaceKnown) {
    throw waiting(Reason.AccessDenied, decision.message, { cause, afterMs: 1000 });
  }
  throw denied(Reason.AccessDenied, decision.message, { cause });
}

function unknownKind(kind: string, kinds: readonly ResourceType[]): string {
  const known = kinds.map((type) => type.kind).join(', ');
  return `sources of kind '${kind}' are not supported: use ${known}`;
}
