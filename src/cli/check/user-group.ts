import { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import type { KubeClient } from '../../kube/client.ts';
import { readIfThere } from '../../kube/read-if-there.ts';

/**
 * A group that users of tenants are in, as the CapsuleConfiguration says; undefined if it names none
 * that people can be in, or there is no configuration of that name.
 */
export async function userGroupOf(
  admin: KubeClient,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = await readIfThere(admin, CapsuleConfiguration.type, { name }, { signal });
  if (!found) return undefined;
  const { users = [], userGroups = [] } = CapsuleConfiguration.decode(found).spec;
  const groups = [
    ...userGroups,
    ...users.filter(({ kind }) => kind === 'Group').map((user) => user.name),
  ];
  return groups.find((group) => !group.startsWith('system:'));
}
