import { unsupportedWhen, type UnsupportedField } from '../unsupported.ts';
import type { Kustomization } from './kustomization.ts';

/** The fields of a Kustomization that are not acted on yet. */
export function unsupportedKustomizationFields({ spec }: Kustomization): UnsupportedField[] {
  return [
    ...unsupportedWhen(
      spec.sourceRef.kind !== 'GitRepository',
      'spec.sourceRef.kind',
      'only GitRepository is available',
    ),
    ...unsupportedWhen(
      spec.kubeConfig !== undefined,
      'spec.kubeConfig',
      'remove it to apply to the cluster this object is in, as spec.serviceAccountName',
    ),
    ...(spec.dependsOn ?? []).flatMap(({ readyExpr }, index) =>
      unsupportedWhen(
        readyExpr !== undefined,
        `spec.dependsOn[${index}].readyExpr`,
        'remove it to wait for the dependency to be Ready',
      ),
    ),
    ...unsupportedWhen(
      (spec.healthCheckExprs ?? []).length > 0,
      'spec.healthCheckExprs',
      'remove it to judge health by the conventions of status conditions',
    ),
  ];
}
