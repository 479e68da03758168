import { unsupportedWhen, type UnsupportedField } from '../unsupported.ts';
import type { GitRepository } from './git-repository.ts';

/** The fields of a GitRepository that are not acted on yet. */
export function unsupportedGitRepositoryFields({ spec }: GitRepository): UnsupportedField[] {
  const { provider = 'generic', serviceAccountName, verify } = spec;
  return [
    ...unsupportedWhen(
      provider !== 'generic',
      'spec.provider',
      'use provider generic and put the credentials into the Secret of spec.secretRef',
    ),
    ...unsupportedWhen(
      serviceAccountName !== undefined,
      'spec.serviceAccountName',
      'put the credentials into the Secret of spec.secretRef',
    ),
    ...unsupportedWhen(
      verify !== undefined,
      'spec.verify',
      'remove it to accept revisions without checking their signatures',
    ),
  ];
}
