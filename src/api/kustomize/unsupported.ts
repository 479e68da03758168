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
  ];
}
