import { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import { isConflict } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { apiVersionOf } from '../../kube/object.ts';

/** Those that tenancy is enforced for unless somebody says otherwise, as in Capsule. */
const defaultUsers = [{ kind: 'Group', name: 'projectcapsule.dev' }];

/** Makes the configuration that counts, with defaults, where there is none. */
export async function ensureConfiguration(
  client: KubeClient,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const configuration = {
    apiVersion: apiVersionOf(CapsuleConfiguration.type),
    kind: CapsuleConfiguration.kind,
    metadata: { name },
    spec: { users: defaultUsers },
  };
  try {
    await client.create(CapsuleConfiguration.type, configuration, { signal });
  } catch (error) {
    // Somebody made one meanwhile: theirs counts.
    if (!isConflict(error)) throw error;
  }
}
