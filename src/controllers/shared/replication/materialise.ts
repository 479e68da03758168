import type { AdditionalMetadata } from '../../../api/capsule/metadata.ts';
import {
  createdByLabel,
  legacyManagedByLabel,
  legacyResourcesLabel,
  managedByLabel,
  replicationAnnotation,
} from '../../../api/capsule/labels.ts';
import { isRecord, setOwn } from '../../../base/json.ts';
import { lastAppliedAnnotation } from '../../../api/annotations.ts';
import { textFault } from '../../../engines/kustomize/text-fields.ts';
import { KubeApiError } from '../../../kube/api-error.ts';
import type { Discovery } from '../../../kube/client.ts';
import type { KubeObject, ResourceType } from '../../../kube/object.ts';
import { withoutServerFields, withoutStringData } from '../manifest.ts';
import { itemId, type Item, type Piece, type Refused } from './item.ts';

/** What holds for every object of a replication, whichever part of the spec it comes from. */
export interface MaterialiseOptions {
  discovery: Discovery;
  /** Kinds without namespaces may be replicated, where no namespace is given. */
  allowClusterScoped: boolean;
  /** Only for tests of what holds without the check of scopes; see adr/0016. */
  isScopeUnchecked: boolean;
  /** Put on every object. */
  metadata: AdditionalMetadata;
  signal: AbortSignal;
}

/**
 * The one way from something that a part of the spec gave to an object that is applied. Copies, raw
 * items and what generators give all pass it, so that what it refuses has no other way.
 */
export async function materialise(
  piece: Piece,
  options: MaterialiseOptions,
): Promise<Item | Refused> {
  const read = readManifest(piece.object);
  if ('why' in read) return { piece, why: read.why };
  const { manifest } = read;
  const { apiVersion, kind } = manifest;
  const { name, namespace } = manifest.metadata;
  const about = { apiVersion, kind, name, namespace: piece.namespace ?? namespace };
  const refuse = (why: string): Refused => ({ piece, about, why });
  const { discovery, signal } = options;
  const type = await served(() => discovery.resourceFor(apiVersion, kind, { signal }));
  if (typeof type === 'string') return refuse(type);
  if (!type) return refuse(`no matches for kind '${kind}' in version '${apiVersion}'`);
  const isAllowed = options.allowClusterScoped && piece.namespace === undefined;
  if (!type.namespaced && !isAllowed && !options.isScopeUnchecked)
    return refuse(clusterScoped({ apiVersion, kind }));
  return (
    placed(manifest, type, piece, options) ?? refuse('metadata.namespace: it names no namespace')
  );
}

/** The kind, or why it is not known at present: one API server that is away is no other object's concern. */
async function served(
  find: () => Promise<ResourceType | undefined>,
): Promise<ResourceType | undefined | string> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof KubeApiError) return error.message;
    throw error;
  }
}

/** Upstream's words: people match on them. */
export function clusterScoped({
  apiVersion = 'v1',
  kind,
}: {
  apiVersion?: string;
  kind: string;
}): string {
  return `cluster-scoped kind ${apiVersion}/${kind} is not allowed`;
}

function placed(
  manifest: KubeObject,
  type: ResourceType,
  { namespace, origin, tenant }: Piece,
  { metadata: added }: MaterialiseOptions,
): Item | undefined {
  const { namespace: own, ...metadata } = manifest.metadata;
  const where = type.namespaced ? (namespace ?? own) : undefined;
  if (type.namespaced && (where === undefined || where === '')) return undefined;
  const labels = withoutKeys({ ...metadata.labels, ...added.labels }, reservedLabels);
  const annotations = withoutKeys(
    { ...metadata.annotations, ...added.annotations },
    reservedAnnotations,
  );
  const object: KubeObject = {
    ...manifest,
    metadata: {
      ...metadata,
      ...(where !== undefined && { namespace: where }),
      labels,
      annotations,
    },
  };
  return { id: itemId(type, object.metadata, tenant), type, object, origin, tenant };
}

const reservedLabels = [createdByLabel, managedByLabel, legacyManagedByLabel, legacyResourcesLabel];
const reservedAnnotations = [replicationAnnotation, lastAppliedAnnotation];

/** What is reserved for marks is never anybody's to set. */
function withoutKeys(
  map: Readonly<Record<string, string>>,
  keys: readonly string[],
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [key, value] of Object.entries(map)) if (!keys.includes(key)) setOwn(kept, key, value);
  return kept;
}

/** What may be an object's name in a path: anything else could lead to another object. */
const pathSegment = /^(?!\.{1,2}$)[^/%\p{Cc}]{1,253}$/u;

/** A manifest whose names can be trusted to be names; or what is wrong with it. */
function readManifest(value: unknown): { manifest: KubeObject } | { why: string } {
  if (!isRecord(value)) return { why: 'it is no manifest' };
  const why = kindFault(value) ?? metadataFault(value['metadata']) ?? textFault(value);
  if (why !== undefined) return { why };
  // Checked field by field.
  return { manifest: withoutStringData(withoutServerFields(value as KubeObject)) };
}

function kindFault({ apiVersion, kind, items }: Record<string, unknown>): string | undefined {
  if (typeof apiVersion !== 'string' || apiVersion === '') return 'apiVersion is missing';
  if (typeof kind !== 'string' || kind === '') return 'kind is missing';
  const isList = Array.isArray(items) && kind.endsWith('List');
  return isList ? `${kind}: lists are not taken apart; give the objects one by one` : undefined;
}

function metadataFault(metadata: unknown): string | undefined {
  if (!isRecord(metadata)) return 'metadata is missing';
  const { name, namespace } = metadata;
  if (typeof name !== 'string' || !pathSegment.test(name))
    return 'metadata.name is missing or no name';
  return typeof (namespace ?? '') === 'string' ? undefined : 'metadata.namespace is no name';
}
