import type { Discovery } from '../../../kube/client.ts';
import { apiVersionOf, type KubeObject, type ResourceType } from '../../../kube/object.ts';
import { refOf, type ObjectRef } from '../../../api/kustomize/inventory.ts';
import { isCustomResourceDefinition } from './stages.ts';

/** What a kind is called in URLs, and who says so. */
export interface FoundType extends ResourceType {
  /**
   * Nobody serves it: a CRD of the build says so, which anybody may write. Good for the place of an
   * object of that build, and for nothing that others go by.
   */
  isPlanned?: true;
}

/** Looks up what the API server calls a kind; undefined when nobody knows it. */
export type FindType = (
  ref: Pick<ObjectRef, 'group' | 'version' | 'kind'>,
) => Promise<FoundType | undefined>;

/**
 * Finds types by discovery and, for kinds that are not served and whose CRD is applied in the same
 * run, by that CRD: so its objects have their place and their inventory entry before the CRD is there.
 */
export function typeFinder(
  discovery: Discovery,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): FindType {
  const planned = new Map(objects.flatMap(plannedTypes).map((type) => [keyOf(type), type]));
  return async (ref) =>
    (await discovery.resourceFor(apiVersionOf(ref), ref.kind, { signal })) ??
    planned.get(keyOf(ref));
}

/**
 * Finds the types of objects that are there: in whichever version they are served, as the one they were
 * applied with may be served no longer. Undefined: the kind is gone, and its objects with it.
 */
export function heldTypeFinder(discovery: Discovery, signal: AbortSignal): FindType {
  return (ref) => discovery.resourceFor(apiVersionOf(ref), ref.kind, { signal, anyVersion: true });
}

function keyOf({ group, version, kind }: Pick<ObjectRef, 'group' | 'version' | 'kind'>): string {
  return `${group}/${version}/${kind}`;
}

/** The types a CustomResourceDefinition defines; none for anything else or anything malformed. */
function plannedTypes(object: KubeObject): FoundType[] {
  if (!isCustomResourceDefinition(refOf(object))) return [];
  const spec = asMap(object['spec']);
  const names = asMap(spec['names']);
  const versions = Array.isArray(spec['versions']) ? spec['versions'].map(asMap) : [];
  const { group } = spec;
  const { kind, plural } = names;
  if (typeof group !== 'string' || typeof kind !== 'string' || typeof plural !== 'string')
    return [];
  if (group === '' || object.metadata.name !== `${plural}.${group}`) return [];
  return versions.flatMap(({ name, served }) => {
    if (typeof name !== 'string' || served === false) return [];
    const namespaced = spec['scope'] !== 'Cluster';
    return [{ group, version: name, kind, plural, namespaced, isPlanned: true }];
  });
}

function asMap(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
