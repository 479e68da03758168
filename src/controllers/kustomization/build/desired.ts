import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ownerNameLabel, ownerNamespaceLabel } from '../../../api/labels.ts';
import { Reason } from '../../../api/reasons.ts';
import { retryable } from '../../../base/errors.ts';
import { stringifyJson } from '../../../base/json.ts';
import {
  apiVersionOf,
  formatKey,
  type KubeObject,
  type ObjectKey,
  type ResourceType,
} from '../../../kube/object.ts';
import { formatRef, refId, refOf, type ObjectRef } from '../../../api/kustomize/inventory.ts';
import { readMarks } from '../apply/marks.ts';
import { normalize } from './normalize.ts';
import type { Wanted } from '../apply/plan.ts';
import type { FindType, FoundType } from '../apply/resource-types.ts';
import type { IgnoreRules } from '../drift/ignore-rules.ts';
import type { JsonPointer } from '../../../kube/json-pointer.ts';

/** Objects that are prepared in one go. */
const turnObjects = 8;

/** One object of the build, ready to be applied. */
export interface Desired extends Wanted {
  ref: ObjectRef;
  type: FoundType;
  object: KubeObject;
  /** Fields that are left to others (`spec.ignore`). */
  ignored: readonly JsonPointer[];
}

export interface DesiredOptions {
  me: Required<ObjectKey>;
  /** Applies it; part of the hash, so that another identity applies everything anew. */
  user: string;
  /** Where: {@link Target.cluster}. */
  cluster: string | undefined;
  /** What the inventory has. */
  known: readonly ObjectRef[];
  findType: FindType;
  ignoreRules?: IgnoreRules;
}

/**
 * The rendered objects as they will be applied: normalised, in their namespace (the
 * Kustomization's own, if the manifest names none) and labelled with their owner. Throws before
 * anything is written if a kind is not served or two manifests are about one object.
 */
export async function desiredObjects(
  rendered: readonly KubeObject[],
  options: DesiredOptions,
): Promise<Desired[]> {
  const seen = new Set<string>();
  const known = new Set(options.known.map(refId));
  const desired: Desired[] = [];
  for (const [index, raw] of rendered.entries()) {
    // Expressions of tenants are matched, and builds are long: others get their turn in between.
    if (options.ignoreRules && index % turnObjects === turnObjects - 1) await nextTurn();
    const item = await toDesired(raw, options);
    const id = refId(item.ref);
    if (seen.has(id)) throw retryable(Reason.BuildFailed, twice(item.ref));
    seen.add(id);
    desired.push({ ...item, isNew: !known.has(id) });
  }
  return desired;
}

async function toDesired(
  raw: KubeObject,
  { me, user, cluster, findType, ignoreRules }: DesiredOptions,
): Promise<Omit<Desired, 'isNew'>> {
  const type = await findType(refOf(raw));
  if (!type) throw retryable(Reason.ReconciliationFailed, notServed(refOf(raw)));
  const object = labelled(inNamespace(normalize(raw), type, me.namespace), me);
  const ref = refOf(object);
  // All that makes the object of what was rendered, as whom and where.
  const by = [formatKey(me), user, ...(cluster === undefined ? [] : [cluster])];
  const ignored = ignoreRules?.(object) ?? [];
  if (ignored.length > 0) by.push(JSON.stringify(ignored));
  const hash = hashOf([contentHash(raw), refId(ref), ...by].join('\n'));
  return {
    ref,
    type,
    object,
    ignored,
    hash,
    marks: readMarks(object.metadata),
    vanishes: isVanishingJob(object),
  };
}

/** Rendered objects are frozen and shared by all who render the same: hashed once. */
const contentHashes = new WeakMap<KubeObject, string>();

function contentHash(rendered: KubeObject): string {
  let hash = contentHashes.get(rendered);
  if (hash === undefined) contentHashes.set(rendered, (hash = hashOf(stringifyJson(rendered))));
  return hash;
}

/** Of this process: what hashes of Secrets are kept in memory cannot be guessed from elsewhere. */
const hashKey = createSecretKey(randomBytes(32));

function hashOf(text: string): string {
  return createHmac('sha256', hashKey).update(text).digest('base64url').slice(0, 27);
}

/** A transformer may have put a namespace on a cluster-scoped kind it does not know. */
function inNamespace(object: KubeObject, type: ResourceType, fallback: string): KubeObject {
  const { namespace, ...metadata } = object.metadata;
  if (!type.namespaced) return { ...object, metadata };
  return { ...object, metadata: { ...metadata, namespace: namespace || fallback } };
}

function labelled(object: KubeObject, me: Required<ObjectKey>): KubeObject {
  const owner = { [ownerNameLabel]: me.name, [ownerNamespaceLabel]: me.namespace };
  const labels = { ...object.metadata.labels, ...owner };
  return { ...object, metadata: { ...object.metadata, labels } };
}

function isVanishingJob({ apiVersion, kind, spec }: KubeObject): boolean {
  if (kind !== 'Job' || !apiVersion.startsWith('batch/')) return false;
  const isMap = typeof spec === 'object' && spec !== null;
  return isMap && 'ttlSecondsAfterFinished' in spec && spec.ttlSecondsAfterFinished !== null;
}

function twice(ref: ObjectRef): string {
  return `${formatRef(ref)} appears twice in the build: keep one of the manifests`;
}

function notServed(ref: ObjectRef): string {
  const apiVersion = apiVersionOf(ref);
  return `${formatRef(ref)}: no matches for kind '${ref.kind}' in version '${apiVersion}': install its CRD first`;
}
