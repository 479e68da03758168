import { isRecord } from '../../base/json.ts';
import type { AdmissionRule } from '../admission-rule.ts';
import { deny } from '../verdict.ts';

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** ServiceAccounts in role bindings have a name of their own and a namespace, as RBAC has them. */
export const bindingSubjects: AdmissionRule<unknown> = {
  name: 'tenant-binding-subjects',
  check({ object }) {
    const spec = object?.['spec'];
    if (!isRecord(spec)) return undefined;
    const subjects = list(spec['additionalRoleBindings']).flatMap((binding) =>
      isRecord(binding) ? list(binding['subjects']) : [],
    );
    const isWrong = subjects.some(
      (subject) =>
        isRecord(subject) &&
        subject['kind'] === 'ServiceAccount' &&
        (typeof subject['namespace'] !== 'string' || String(subject['name']).includes(':')),
    );
    if (!isWrong) return undefined;
    return deny(
      'InvalidSubject',
      'spec.additionalRoleBindings: a ServiceAccount has a name and a namespace',
    );
  },
};
