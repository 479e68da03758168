import { isRecord } from '../base/json.ts';
import { isNamedRightly } from '../access/tenants/check-names.ts';
import type { AdmissionRule } from './admission-rule.ts';
import { deny } from './verdict.ts';

/** Where a spec names subjects: lists by their path, or `''` for the spec itself. */
export type SubjectPaths = readonly string[];

/** Refuses ServiceAccounts that are not named by their user name. */
export function subjectsNamed(name: string, paths: SubjectPaths): AdmissionRule<unknown> {
  return {
    name,
    check({ operation, object }) {
      if (operation === 'DELETE' || !object) return undefined;
      const spec = object['spec'];
      if (!isRecord(spec)) return undefined;
      for (const path of paths) {
        const listed = path === '' ? [spec] : spec[path];
        const wrong = (Array.isArray(listed) ? listed : []).find(
          (subject) => isRecord(subject) && !isNamedRightly(subject),
        ) as { name?: unknown } | undefined;
        if (!wrong) continue;
        return deny(
          'InvalidSubject',
          `${path === '' ? 'spec' : `spec.${path}`}: a ServiceAccount is named system:serviceaccount:<namespace>:<name>, not '${String(wrong.name)}'`,
        );
      }
      return undefined;
    },
  };
}
