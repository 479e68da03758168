import { ConditionType, Reason } from '../../api/reasons.ts';
import type { EffectiveOwner } from '../../api/capsule/owner.ts';
import type { Condition, KubeObject } from '../../kube/object.ts';
import type { TenantStatus } from '../../api/capsule/tenant-status.ts';
import { managedMetadata } from './namespace-metadata.ts';
import { classPolicies, usableClasses } from './policies/class-policies.ts';
import type { Work } from './work.ts';

/** Says in the status who owns the tenant and what belongs to it. */
export function recordTenant(owners: readonly EffectiveOwner[], work: Work): void {
  const { tenant, namespaces, run, deps } = work;
  const classes = deps.classes();
  const isCordoned = tenant.spec.cordoned;
  const isGoing = tenant.metadata.deletionTimestamp !== undefined;
  const names = namespaces.map(({ metadata }) => metadata.name);
  run.record({
    owners: [...owners],
    classes: usableClasses(classPolicies(tenant.spec, classes), classes),
    namespaces: names,
    size: names.length,
    spaces: namespaces.map((namespace) => spaceOf(namespace, work)),
    state: isGoing ? 'Terminating' : isCordoned ? 'Cordoned' : 'Active',
  });
  if (isCordoned)
    run.condition(
      ConditionType.Cordoned,
      'True',
      Reason.Cordoned,
      'nothing in the tenant may be changed by its users',
    );
  else run.condition(ConditionType.Cordoned, 'False', Reason.Active, 'the tenant may be worked in');
}

type Space = NonNullable<TenantStatus['spaces']>[number];

function spaceOf(namespace: KubeObject, { tenant, run }: Work): Space {
  const at = new Date(run.clock.now()).toISOString();
  const { name, uid, labels = {}, deletionTimestamp } = namespace.metadata;
  const known = tenant.status?.spaces?.find((space) => space.name === name && space.uid === uid);
  const condition = (type: string, isTrue: boolean, reason: string): Condition => {
    const status = isTrue ? 'True' : 'False';
    const before = known?.conditions.find((each) => each.type === type);
    if (before?.status === status && before.reason === reason) return before;
    return { type, status, reason, message: '', lastTransitionTime: at };
  };
  return {
    name,
    ...(uid !== undefined && { uid }),
    metadata: managedMetadata(tenant, { name, labels }),
    conditions: [
      condition('Ready', deletionTimestamp === undefined, 'Succeeded'),
      condition('Cordoned', tenant.spec.cordoned, tenant.spec.cordoned ? 'Cordoned' : 'Active'),
      condition('Terminating', deletionTimestamp !== undefined, 'Terminating'),
    ],
  };
}
