import type { RuleSender } from '../access/rules/audience.ts';
import { isInAudience } from '../access/tenancy/identity-class.ts';
import type { EffectiveOwner } from '../api/capsule/owner.ts';
import type { AdmissionContext } from './context.ts';
import type { UserInfo } from './request.ts';

/** The sender of a request, as audiences of a Tenant's rules name it; `owners` are those of the Tenant. */
export function ruleSender(
  user: UserInfo,
  owners: readonly EffectiveOwner[],
  { identities }: Pick<AdmissionContext, 'identities'>,
): RuleSender {
  const { username, groups = [] } = user;
  return {
    username,
    groups,
    isOf: (name) => isInAudience(user, [{ kind: 'Custom', name }], identities(), owners),
  };
}
