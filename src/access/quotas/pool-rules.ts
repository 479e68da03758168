import type { ResourcePoolClaim } from '../../api/capsule/resource-pool-claim.ts';
import type { ResourcePool } from '../../api/capsule/resource-pool.ts';
import { isDeepStrictEqual } from 'node:util';
import { amountOf, readAmounts, sameAmounts } from '../../kube/resource-list.ts';
import type { Rule } from '../policy/rule.ts';

/** What the rules about claims look at. */
export interface ClaimRequest {
  operation: 'CREATE' | 'UPDATE' | 'DELETE';
  /** Absent on a delete. */
  after?: Pick<ResourcePoolClaim, 'spec'>;
  /** Absent on a create. */
  before?: Pick<ResourcePoolClaim, 'spec' | 'status'>;
}

const isBoundCel = `oldObject.?status.?conditions.orValue([]).exists(c, c.type == 'Bound' && c.status == 'True')`;

function isBound({ before }: ClaimRequest): boolean {
  const conditions = before?.status?.conditions ?? [];
  return conditions.some(({ type, status }) => type === 'Bound' && status === 'True');
}

/** A claim on less than nothing would make the pool larger. */
const claimsSomething: Rule<ClaimRequest> = {
  name: 'claim-is-not-negative',
  cel:
    `request.operation == 'DELETE' || ` +
    `object.spec.claim.all(r, quantity(string(object.spec.claim[r])).compareTo(quantity('0')) >= 0)`,
  holds: ({ after }) =>
    [...readAmounts(after?.spec.claim).values()].every(({ nano }) => nano >= 0n),
  message: 'spec.claim: amounts may not be negative',
};

/** What is used stays claimed, by this claim and of this pool. */
const boundIsFrozen: Rule<ClaimRequest> = {
  name: 'bound-claim-is-frozen',
  cel: `request.operation != 'UPDATE' || !(${isBoundCel}) || object.spec == oldObject.spec`,
  holds: (request) =>
    request.operation !== 'UPDATE' ||
    !isBound(request) ||
    isDeepStrictEqual(request.after?.spec, request.before?.spec),
  message:
    'cannot change the requested resources while the claim is used: remove what uses it, or release it first',
  remedy: 'annotate the claim with projectcapsule.dev/release=true',
};

/** Nor is it deleted, other than with its namespace. */
const boundIsKept: Rule<ClaimRequest> = {
  name: 'bound-claim-is-kept',
  cel: `request.operation != 'DELETE' || !(${isBoundCel})`,
  holds: (request) => request.operation !== 'DELETE' || !isBound(request),
  message: 'cannot delete the claim while it is used: remove what uses it, or release it first',
  remedy: 'annotate the claim with projectcapsule.dev/release=true',
};

export const claimRules = [claimsSomething, boundIsFrozen, boundIsKept];

/** What the rule about pools looks at, of an update. */
export interface PoolUpdate {
  after: Pick<ResourcePool, 'spec'>;
  before: Pick<ResourcePool, 'spec' | 'status'>;
}

const usedCel = 'oldObject.?status.?allocation.?used.orValue({})';
const hardCel = (object: string) => `${object}.?spec.?quota.?hard.orValue({})`;

/** A pool never has less than what claims have got of it. */
const coversClaims: Rule<PoolUpdate> = {
  name: 'pool-covers-its-claims',
  cel:
    `${hardCel('object')} == ${hardCel('oldObject')} || ` +
    `${usedCel}.all(r, quantity(string(${usedCel}[r])).compareTo(quantity('0')) == 0 || (r in ${hardCel('object')} && ` +
    `quantity(string(${hardCel('object')}[r])).compareTo(quantity(string(${usedCel}[r]))) >= 0))`,
  holds({ after, before }) {
    const hard = readAmounts(after.spec.quota.hard);
    if (sameAmounts(hard, readAmounts(before.spec.quota.hard))) return true;
    const used = readAmounts(before.status?.allocation?.used);
    return [...used].every(([name, { nano }]) => nano === 0n || amountOf(hard, name).nano >= nano);
  },
  message:
    'the pool cannot have less of a resource than is claimed of it: see status.allocation.used, and remove claims first',
};

export const poolRules = [coversClaims];
