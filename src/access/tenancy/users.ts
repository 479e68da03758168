import { ownerKindOf, type Subject } from '../../api/capsule/owner.ts';

/** What names users of Capsule: those that tenancy is enforced for. */
export interface UsersRequest {
  users?: readonly Subject[] | undefined;
  userNames?: readonly string[] | undefined;
  userGroups?: readonly string[] | undefined;
  /** TenantOwners with `aggregate`, and what Tenants declare to be deployed by. */
  aggregated: readonly { kind: Subject['kind']; name: string }[];
}

/** The users of Capsule, whichever way they are named: one entry each, sorted. */
export function capsuleUsers(request: UsersRequest): Subject[] {
  const { users = [], userNames = [], userGroups = [], aggregated } = request;
  const all = [
    ...users,
    ...userGroups.map((name) => ({ kind: 'Group' as const, name })),
    ...userNames.map((name) => ({ kind: ownerKindOf(name), name })),
    ...aggregated.map(({ kind, name }) => ({ kind, name })),
  ];
  const unique = new Map(all.map((user) => [JSON.stringify([user.kind, user.name]), user]));
  return [...unique.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, user]) => user);
}
