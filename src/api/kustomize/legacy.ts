import type { JsonPatch, Patch } from '../patch.ts';

/** The fields that v1beta1 and v1beta2 had and v1 has not. */
export interface LegacyFields {
  patches?: Patch[];
  patchesStrategicMerge?: unknown[];
  patchesJson6902?: JsonPatch[];
  validation?: 'none' | 'client' | 'server';
}

/**
 * The spec without legacy fields: old patch lists become entries of `patches`, in the order
 * kustomize applied them (strategic merge, patches, JSON 6902). JSON is YAML, so an inline object
 * is a patch as it stands. `validation` chose among checks; server-side apply does the strictest.
 */
export function foldLegacyFields<Spec extends LegacyFields>(
  spec: Spec,
): Omit<Spec, 'patchesStrategicMerge' | 'patchesJson6902' | 'validation'> {
  const { patchesStrategicMerge, patchesJson6902, validation: _legacy, ...rest } = spec;
  if (patchesStrategicMerge === undefined && patchesJson6902 === undefined) return rest;
  const patches: Patch[] = [
    ...(patchesStrategicMerge ?? []).map((patch) => ({ patch: JSON.stringify(patch) })),
    ...(spec.patches ?? []),
    ...(patchesJson6902 ?? []).map(({ patch, target }) => ({
      patch: JSON.stringify(patch),
      target,
    })),
  ];
  return { ...rest, patches };
}
