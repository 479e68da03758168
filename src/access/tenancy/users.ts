import { ownerKindOf, type Subject } from '../../api/capsule/owner.ts';

/** What names users of Capsule: those that tenancy is enforced for. */
export interface UsersRequest {
  users?: readonly Subject[] | undefined;
  userNames?: readonly string[] | undefined;
  userGroups?: readonly string[] | undefined;
  /** TenantOwners with `aggregate`. */
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

/** Whom a request is made by (authentication.k8s.io UserInfo). */
export interface Requester {
  username: string;
  groups: readonly string[];
}

/** How tenancy sees a requester. */
export type IdentityClass =
  /** Runs tenancy, or administers all tenants. */
  | 'administrator'
  /** Tenancy is enforced for it. */
  | 'capsule'
  /** None of tenancy's; still nobody else may move namespaces. */
  | 'unknown';

export interface ClassifyRequest {
  requester: Requester;
  /** User name of the control plane itself. */
  controller: string;
  administrators: readonly Subject[];
  ignoreUserWithGroups: readonly string[];
  /** `status.users` of the configuration. */
  users: readonly Subject[];
  /** Whether a namespace belongs to exactly one tenant. */
  isTenantNamespace(namespace: string): boolean;
}

const serviceAccountUser = /^system:serviceaccount:([^:]+):[^:]+$/;

/** The class of a requester; the order of the questions is Capsule's. */
export function classify(request: ClassifyRequest): IdentityClass {
  const { requester, controller, administrators, ignoreUserWithGroups } = request;
  if (requester.username === controller) return 'administrator';
  if (requester.groups.some((group) => ignoreUserWithGroups.includes(group))) return 'unknown';
  if (administrators.some((subject) => isSubject(requester, subject))) return 'administrator';
  return isCapsuleUser(request) ? 'capsule' : 'unknown';
}

function isCapsuleUser({ requester, users, isTenantNamespace }: ClassifyRequest): boolean {
  const [, namespace] = serviceAccountUser.exec(requester.username) ?? [];
  if (namespace === 'kube-system') return false;
  if (users.some((user) => isSubject(requester, user))) return true;
  return namespace !== undefined && isTenantNamespace(namespace);
}

/** Whether a requester is the user or ServiceAccount, or in the group, that a subject names. */
export function isSubject({ username, groups }: Requester, { kind, name }: Subject): boolean {
  return kind === 'Group' ? groups.includes(name) : username === name;
}
