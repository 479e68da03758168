import type { Discovery } from '../../../kube/client.ts';
import type { KubeObject, ResourceType } from '../../../kube/object.ts';
import { apiVersionOfRef, refOf, type ObjectRef } from '../../../api/kustomize/inventory.ts';
import { isCustomResourceDefinition } from './stages.ts';

/** Looks up what the API server calls a kind; undefined when nobody knows it. */
export type FindType = (
  ref: Pick<ObjectRef, 'group' | 'version' | 'kind'>,
) => Promise<ResourceType | undefined>;

/**
 * Finds types by discovery and, for kinds whose CRD is applied in the same run, by that CRD: so
 * its objects have their place and their inventory entry before the CRD is there.
 */
export function typeFinder(
  discovery: Discovery,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): FindType {
  const defined = new Map(objects.flatMap(definedTypes).map((type) => [keyOf(type), type]));
  return async (ref) =>
    defined.get(keyOf(ref)) ?? discovery.resourceFor(apiVersionOfRef(ref), ref.kind, { signal });
}

function keyOf({ group, version, kind }: Pick<ObjectRef, 'group' | 'version' | 'kind'>): string {
  return `${group}/${version}/${kind}`;
}

/** The types a CustomResourceDefinition defines; none for anything else or anything malformed. */
export function definedTypes(object: KubeObject): ResourceType[] {
  if (!isCustomResourceDefinition(refOf(object))) return [];
  const spec = asMap(object['spec']);
  const names = asMap(spec['names']);
  const versions = Array.isArray(spec['versions']) ? spec['versions'].map(asMap) : [];
  const { group } = spec;
  const { kind, plural } = names;
  if (typeof group !== 'string' || typeof kind !== 'string' || typeof plural !== 'string')
    return [];
  return versions.flatMap(({ name, served }) => {
    if (typeof name !== 'string' || served === false) return [];
    return [{ group, version: name, kind, plural, namespaced: spec['scope'] !== 'Cluster' }];
  });
}

function asMap(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
