import { readNamespace } from '../../access/namespaces/facts.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { AdmissionRule } from '../admission-rule.ts';
import { deny } from '../verdict.ts';
import type { NamespaceContext } from './context.ts';

/** The label and one reference to the very Tenant of that name, or neither: administrators too. */
export const assignmentWhole: AdmissionRule<NamespaceContext> = {
  name: 'namespace-assignment-whole',
  check({ operation, object, oldObject }, { tenantOf, isAdministrator }) {
    if (operation === 'DELETE' || !object || !isAdministrator) return undefined;
    if (isKept(object, oldObject) || isWhole(object, tenantOf(object)?.metadata.uid)) {
      return undefined;
    }
    return deny(
      'IncompleteAssignment',
      'the assignment to a tenant is incomplete: it is the label and an owner reference to the Tenant of that name',
    );
  },
};

/** What was stored before somebody looked stays as it is, and so does what is going. */
function isKept(object: KubeObject, oldObject: KubeObject | undefined): boolean {
  const after = readNamespace(object);
  if (after.isGoing || !oldObject) return after.isGoing;
  const before = readNamespace(oldObject);
  return (
    before.label === after.label &&
    JSON.stringify(before.references) === JSON.stringify(after.references)
  );
}

function isWhole(object: KubeObject, uid: string | undefined): boolean {
  const { label, references } = readNamespace(object);
  if (label === '') return references.length === 0;
  const refers = (object.metadata.ownerReferences ?? []).some(
    (reference) => reference.uid === uid && reference.name === label,
  );
  return references.length === 1 && refers;
}
