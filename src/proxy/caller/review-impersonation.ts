import { parseServiceAccountUser } from '../../access/service-account-user.ts';
import type { ResourceAttributes } from '../../kube/access-review.ts';
import { forbidden } from '../refusal.ts';
import type { Caller } from './caller.ts';
import type { WantedIdentity } from './impersonation-headers.ts';
import type { MayDo } from './may-do.ts';

/** Which of the groups that are asked for count, and whether anybody is asked. */
export interface ImpersonationRules {
  /** `--impersonation-group-regexp` and then `--ignored-impersonation-group`. */
  isGroupUsed(group: string): boolean;
  /** The gate SkipImpersonationReview: whoever is authenticated may act as anybody. */
  skipReview: boolean;
}

const authenticationGroup = 'authentication.k8s.io';

/**
 * Whom the caller acts as when it wants to be somebody else. Each value is a question of its own to
 * the API server, the same that it would ask itself, and the answer holds the new identity alone:
 * nothing of the caller's is left in it.
 *
 * @throws Refusal 403 that names the value, which the caller wrote itself
 */
export async function reviewImpersonation(
  caller: Caller,
  wanted: WantedIdentity,
  { mayDo, rules, signal }: { mayDo: MayDo; rules: ImpersonationRules; signal: AbortSignal },
): Promise<Caller> {
  const groups = wanted.groups.filter((group) => rules.isGroupUsed(group));
  const target = { ...wanted, groups };
  if (!rules.skipReview) {
    // In order, as the API server asks: whoever may not be the user costs one question.
    for (const question of questionsOf(target)) {
      signal.throwIfAborted();
      if (!(await isAllowed(caller, question, mayDo))) throw refusal(caller, question);
    }
  }
  return { ...target, groups: effectiveGroups(target) };
}

interface Question extends Required<Pick<ResourceAttributes, 'resource' | 'name'>> {
  group?: string;
  subresource?: string;
  namespace?: string;
}

function questionsOf({ user, groups, uid, extra }: WantedIdentity): Question[] {
  const account = parseServiceAccountUser(user);
  const who = account
    ? { resource: 'serviceaccounts', ...account }
    : { resource: 'users', name: user };
  return [
    who,
    ...[...new Set(groups)].map((name) => ({ resource: 'groups', name })),
    ...Object.entries(extra).flatMap(([subresource, values]) =>
      [...new Set(values)].map((name) => ({
        group: authenticationGroup,
        resource: 'userextras',
        subresource,
        name,
      })),
    ),
    ...(uid === undefined ? [] : [{ group: authenticationGroup, resource: 'uids', name: uid }]),
  ];
}

/**
 * The API server asks about a ServiceAccount by that resource. Upstream's proxy asks about a user of
 * its name, and installations grant just that, to an account on itself: good for nothing else, it is
 * taken where nothing is gained.
 */
async function isAllowed(caller: Caller, question: Question, mayDo: MayDo): Promise<boolean> {
  const verb = 'impersonate';
  if (await mayDo(caller, { verb, ...question })) return true;
  const isSelf =
    question.resource === 'serviceaccounts' &&
    caller.user === `system:serviceaccount:${question.namespace ?? ''}:${question.name}`;
  return isSelf && (await mayDo(caller, { verb, resource: 'users', name: caller.user }));
}

const refusal = ({ user }: Caller, { resource, name }: Question) =>
  forbidden(`user "${user}" cannot impersonate resource "${resource}" named "${name}"`);

/** Groups that nobody had to ask for: as the API server adds them. */
function effectiveGroups({ user, groups }: WantedIdentity): string[] {
  const account = groups.length === 0 ? parseServiceAccountUser(user) : undefined;
  const named = account
    ? ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`]
    : groups;
  const added = user === 'system:anonymous' ? 'system:unauthenticated' : 'system:authenticated';
  const isSaid = named.includes(added) || named.includes('system:unauthenticated');
  return isSaid ? [...named] : [...named, added];
}
