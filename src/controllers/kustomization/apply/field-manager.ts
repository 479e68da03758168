import { lastAppliedAnnotation, legacyChecksumAnnotation } from '../../../api/annotations.ts';
import { ownerNameLabel, ownerNamespaceLabel } from '../../../api/labels.ts';
import { usualManagers, type TakeoverOptions } from '../../../kube/takeover.ts';
import { defaultFeatureGates, type FeatureGates } from '../../../runtime/feature-gates.ts';
import type { ManagedProfile } from '../../../runtime/managed/reduce-managed.ts';
import { readMarks, type Marks } from './marks.ts';

/** Name under which Kustomizations apply, as upstream's: a cluster can change hands either way. */
export const fieldManager = 'kustomize-controller';

/** Left behind by tools that applied the object before; never applied, and removed when seen. */
export const droppedAnnotations = [
  lastAppliedAnnotation,
  legacyChecksumAnnotation,
  'fluxcd.io/sync-checksum',
];
export const droppedLabels = ['fluxcd.io/sync-gc-mark'];

/** kubectl's flag value by which people keep what they edited by hand. */
const preserved = ['flux-client-side-apply'];

/** Whose fields are taken over. `overrides`: further managers, of `--override-manager`. */
export function takeoverFor(
  overrides: readonly string[] = [],
  gates: Pick<FeatureGates, 'MigrateAPIVersion'> = defaultFeatureGates,
): TakeoverOptions {
  const further = overrides.flatMap((prefix) => [
    { prefix, operation: 'Apply' as const },
    { prefix, operation: 'Update' as const },
  ]);
  return {
    manager: fieldManager,
    from: [...usualManagers(fieldManager), ...further],
    except: preserved,
    annotations: droppedAnnotations,
    labels: droppedLabels,
    migrate: gates.MigrateAPIVersion,
  };
}

/** How the objects of Kustomizations are told and what is kept of them. */
export function kustomizationProfile(takeover: TakeoverOptions): ManagedProfile<Marks> {
  return {
    ownerLabels: { name: ownerNameLabel, namespace: ownerNamespaceLabel },
    takeover,
    marks: readMarks,
  };
}
