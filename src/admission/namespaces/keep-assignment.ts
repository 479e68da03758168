import { readNamespace } from '../../access/namespaces/facts.ts';
import { mutateNamespace } from '../../access/namespaces/mutation.ts';
import { tenantLabel, Verb } from '../../access/tenancy/vocabulary.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { AdmissionRule } from '../admission-rule.ts';
import { change } from '../verdict.ts';
import { assignedTo } from './assigned-to.ts';
import type { NamespaceContext } from './context.ts';

/**
 * Keeps the label and the reference to the Tenant one: what an owner does to them is undone, what an
 * administrator says with one of them is completed with the other. Both gone is a release.
 */
export const keepAssignment: AdmissionRule<NamespaceContext> = {
  name: 'namespace-keep-assignment',
  check({ operation, object, oldObject }, context) {
    if (operation !== 'UPDATE' || !object || !oldObject) return undefined;
    if (context.isAdministrator) {
      const completed = complete(object, oldObject, context);
      return completed && change(completed);
    }
    const may = (verb: Verb, name: string) => verb === Verb.Own && context.owns(name);
    const configuration = context.admission.configuration().metadata.name;
    const kept = mutateNamespace({ object, oldObject, may, configuration });
    return kept === object ? undefined : change(kept);
  },
};

/** What an administrator means; undefined when it is said completely. */
function complete(
  object: KubeObject,
  oldObject: KubeObject,
  { admission }: NamespaceContext,
): KubeObject | undefined {
  const [before, after] = [readNamespace(oldObject), readNamespace(object)];
  const isRelease = after.label === '' && after.references.length === 0;
  if (isRelease) return undefined;
  // A label says more than a reference; without one, what was there is only half taken off.
  const name = after.label || before.label || after.owners[0] || '';
  const tenant = admission.tenants.get(name);
  if (!tenant) return undefined;
  const wanted = assignedTo(object, tenant);
  const isComplete =
    object.metadata.labels?.[tenantLabel] === name &&
    after.references.length === 1 &&
    (object.metadata.ownerReferences ?? []).some(({ uid }) => uid === tenant.metadata.uid);
  return isComplete ? undefined : wanted;
}
