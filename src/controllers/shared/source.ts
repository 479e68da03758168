import { decideSourceAccess, type StoredAccessFrom } from '../../access/source-acl.ts';
import type { AccessPolicy } from '../../access/security-profile.ts';
import { Artifact } from '../../api/artifact.ts';
import { denied, retryable, stalled, waiting } from '../../base/errors.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../kube/object.ts';
import type { Caches } from '../../runtime/cache/read-cache.ts';
import type { Run } from '../../runtime/run.ts';
import { namespaceType } from './core-resources.ts';

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
  source: KubeObject;
  artifact: Artifact;
}

/** What access decisions of one process are made from. */
export interface SourceAccess {
  caches: Caches;
  policy: AccessPolicy;
  /** The kinds of source this process knows. */
  kinds: readonly ResourceType[];
}

/** A source as far as access and consumers care; every source kind has these fields. */
interface SourceObject extends KubeObject {
  spec?: { accessFrom?: StoredAccessFrom };
  status?: { artifact?: unknown };
}

type SourceRun = Pick<Run<unknown>, 'track' | 'signal'>;

/**
 * The source an object refers to. Access is decided first, so a namespace that has none learns
 * nothing from the rest. Throws `denied` (AccessDenied), `stalled` (a kind nobody serves),
 * `retryable` (no such source) or `waiting` (no artifact yet); each is re-examined as soon as the
 * source, its grant, or the labels of the referrer's namespace change, because the run tracks them.
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
  if (!type) throw stalled('UnsupportedSourceKind', unknownKind(ref.kind, access.kinds));
  const key = { namespace: ref.namespace || referrer.namespace, name: ref.name };
  const source = await readWithAccess({ referrer, type, key, access, run });

  const name = `${type.kind} '${key.namespace}/${key.name}'`;
  if (!source)
    throw retryable('ArtifactFailed', `${name} not found: create it or correct the sourceRef`);
  const artifact = Artifact.safeParse(source.status?.artifact);
  if (!artifact.success) {
    throw waiting('ArtifactFailed', `${name} has no artifact yet: see its conditions`, {
      afterMs: waitMs,
    });
  }
  return { type, key, source, artifact: artifact.data };
}

async function readWithAccess(request: {
  referrer: { namespace: string };
  type: ResourceType;
  key: Required<ObjectKey>;
  access: SourceAccess;
  run: SourceRun;
}): Promise<SourceObject | undefined> {
  const { referrer, type, key, access, run } = request;
  run.track(type, key);
  const sources = access.caches.for<SourceObject>(type);
  await sources.synced(run.signal);
  const source = sources.get(key);
  if (key.namespace === referrer.namespace) return source;

  run.track(namespaceType, { name: referrer.namespace });
  const namespaces = access.caches.for(namespaceType);
  await namespaces.synced(run.signal);
  const namespace = namespaces.get({ name: referrer.namespace });
  const decision = decideSourceAccess({
    referrer: { ...referrer, labels: namespace && (namespace.metadata.labels ?? {}) },
    source: { namespace: key.namespace, found: source && { accessFrom: source.spec?.accessFrom } },
    policy: access.policy,
  });
  if (decision.allowed) return source;
  const cause = new Error(decision.cause);
  // A namespace so new that its watch event is still under way is not refused, only not yet let in.
  if (!namespace) throw waiting('AccessDenied', decision.message, { cause, afterMs: 1000 });
  throw denied('AccessDenied', decision.message, { cause });
}

function unknownKind(kind: string, kinds: readonly ResourceType[]): string {
  const known = kinds.map((type) => type.kind).join(', ');
  return `sources of kind '${kind}' are not supported: use ${known}`;
}
