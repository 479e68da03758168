import type { AdmissionRule } from '../admission-rule.ts';
import { deny } from '../verdict.ts';
import type { NamespaceContext } from './context.ts';

/** Namespaces of a cordoned tenant are not deleted by users of Capsule. */
export const notCordoned: AdmissionRule<NamespaceContext> = {
  name: 'namespace-not-cordoned',
  check({ operation, oldObject }, { tenantOf, isCapsuleUser }) {
    if (operation !== 'DELETE' || !isCapsuleUser) return undefined;
    const isGoing = oldObject?.metadata.deletionTimestamp !== undefined;
    if (isGoing || tenantOf(oldObject)?.spec.cordoned !== true) return undefined;
    return deny(
      'Cordoned',
      'the tenant is cordoned: its namespaces cannot be deleted until that is over',
    );
  },
};
