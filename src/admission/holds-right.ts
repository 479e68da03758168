import { capsuleGroup, type Verb } from '../access/tenancy/vocabulary.ts';
import { isUserAllowed } from '../kube/access-review.ts';
import type { KubeClient } from '../kube/client.ts';
import type { UserInfo } from './request.ts';

/** A verb of ours on an object of ours. */
export interface TenancyRight {
  resource: 'capsuleconfigurations' | 'tenants';
  name: string;
  verb: Verb;
}

/** Asks the API server whether a role gives a right to `user`: what the first ring asks by CEL's authorizer. */
export function holdsRight(
  client: KubeClient,
  { username, groups = [], uid }: UserInfo,
  right: TenancyRight,
): Promise<boolean> {
  const who = { user: username, groups, ...(uid !== undefined && { uid }) };
  return isUserAllowed(client, who, { group: capsuleGroup, ...right });
}
