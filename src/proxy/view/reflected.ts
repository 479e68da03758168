import { isRecord } from '../../base/json.ts';
import { serviceAccountUser } from '../../access/service-account-user.ts';
import type { Subject } from '../../api/capsule/owner.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Gifts } from './subject-index.ts';

/** On a RoleBinding, `true`: its subjects see the namespace in lists. */
export const reflectionLabel = 'reflection.proxy.projectcapsule.dev/enabled';

/** The namespace of a RoleBinding, for its subjects. */
export function reflectedNamespace({ metadata, ...binding }: KubeObject): Gifts<string> {
  const subjects = Array.isArray(binding['subjects']) ? binding['subjects'] : [];
  return [
    { subjects: subjects.flatMap((each) => subjectOf(each)), given: metadata.namespace ?? '' },
  ];
}

function subjectOf(subject: unknown): Subject[] {
  if (!isRecord(subject)) return [];
  const { kind, name, namespace } = subject;
  if (typeof name !== 'string') return [];
  if (kind === 'User' || kind === 'Group') return [{ kind, name }];
  return kind === 'ServiceAccount' && typeof namespace === 'string'
    ? [{ kind, name: serviceAccountUser(namespace, name) }]
    : [];
}
