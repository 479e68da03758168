import { ConditionType, Reason } from '../../api/reasons.ts';
import type { EffectiveOwner } from '../../api/capsule/owner.ts';
import type { TenantStatus } from '../../api/capsule/tenant-status.ts';
import { classPolicies, usableClasses } from './policies/class-policies.ts';
import type { Promotion } from '../../access/tenancy/promotions.ts';
import { cordonedLabel } from '../../access/tenancy/vocabulary.ts';
import type { Condition } from '../../kube/object.ts';
import type { Reached } from './reconcile-namespaces.ts';
import { tellCordoning } from './tell-events.ts';
import type { Work } from './work.ts';

/** What a run found out about its Tenant. */
export interface Findings {
  owners: readonly EffectiveOwner[];
  promotions: readonly Promotion[];
  /** One entry for each namespace. */
  reached: readonly Reached[];
}

/** Says in the status who owns the tenant and what belongs to it. */
export function recordTenant({ owners, promotions, reached }: Findings, work: Work): void {
  const { tenant, run, deps } = work;
  const classes = deps.classes();
  const isCordoned = tenant.spec.cordoned;
  const isGoing = tenant.metadata.deletionTimestamp !== undefined;
  const names = reached.map(({ namespace }) => namespace.metadata.name);
  run.record({
    owners: [...owners],
    classes: usableClasses(classPolicies(tenant.spec, classes), classes),
    promotions: promotions.length === 0 ? undefined : [...promotions],
    namespaces: names,
    size: names.length,
    spaces: reached.map((each) => spaceOf(each, work)),
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
  tellCordoning(work);
}

type Space = NonNullable<TenantStatus['spaces']>[number];

/** What a condition of a namespace says. */
interface Fact {
  type: string;
  isTrue: boolean;
  reason: string;
  message?: string | undefined;
}

function spaceOf(reached: Reached, { tenant, run }: Work): Space {
  const { name, uid } = reached.namespace.metadata;
  const known = tenant.status?.spaces?.find((space) => space.name === name && space.uid === uid);
  const at = new Date(run.clock.now()).toISOString();
  // What was managed when it could last be told is what must go later.
  const metadata = reached.managed ?? known?.metadata;
  return {
    name,
    ...(uid !== undefined && { uid }),
    ...(metadata && { metadata }),
    ...(known?.enforce && { enforce: known.enforce }),
    conditions: factsOf(reached, tenant.spec.cordoned).map((fact) =>
      conditionFor(fact, known?.conditions, at),
    ),
  };
}

function factsOf({ namespace, failure, remaining }: Reached, isTenantCordoned: boolean): Fact[] {
  const { deletionTimestamp, labels = {} } = namespace.metadata;
  const isGoing = deletionTimestamp !== undefined;
  const isCordoned = isTenantCordoned || labels[cordonedLabel] === 'true';
  return [
    isGoing
      ? { type: ConditionType.Ready, isTrue: false, reason: Reason.Terminating }
      : failure === undefined
        ? { type: ConditionType.Ready, isTrue: true, reason: Reason.Succeeded }
        : { type: ConditionType.Ready, isTrue: false, reason: Reason.Failed, message: failure },
    {
      type: ConditionType.Cordoned,
      isTrue: isCordoned,
      reason: isCordoned ? Reason.Cordoned : Reason.Active,
    },
    {
      type: ConditionType.Terminating,
      isTrue: isGoing,
      reason: isGoing ? Reason.Terminating : Reason.Active,
      message: remaining,
    },
  ];
}

/** The condition as it stands, or as it is from now on. */
function conditionFor(
  { type, isTrue, reason, message = '' }: Fact,
  known: readonly Condition[] = [],
  at: string,
): Condition {
  const status = isTrue ? 'True' : 'False';
  const before = known.find((each) => each.type === type);
  const lastTransitionTime = before?.status === status ? before.lastTransitionTime : at;
  return { type, status, reason, message, lastTransitionTime };
}
