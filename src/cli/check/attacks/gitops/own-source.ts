import type { Condition, KubeObject } from '../../../../kube/object.ts';
import { skipped, untried, type Outcome } from '../../outcome.ts';
import { checkLabel } from '../../made-by-check.ts';
import { NotServedError, typeOf } from '../../target.ts';
import { waitUntil } from '../../wait-until.ts';
import type { World } from '../../world.ts';
import { deploy, kustomization } from './kustomization.ts';

const patienceSeconds = 60;

/**
 * Why an attack by Git says nothing here, if it does not: the attacker must be able to deploy what it
 * may. Makes its source, and deploys from it as its own account, which must work.
 */
export async function withoutOwnSource(world: World): Promise<Outcome | undefined> {
  const { admin, attacker, run, gitUrl, signal } = world;
  if (gitUrl === undefined) {
    return skipped('needs a Git repository that the cluster can fetch: give --git-url');
  }
  const source = {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: {
      name: 'check',
      namespace: attacker.namespace,
      labels: { [checkLabel]: run },
    },
    spec: { url: gitUrl, interval: '1h', ref: { branch: 'main' } },
  };
  try {
    const type = await typeOf(admin, source);
    await admin.apply(type, source, { fieldManager: 'tenantry-check', force: true });
    const ready = await waitUntil(
      async () => {
        const { status } = await admin.get<KubeObject & { status?: { conditions?: Condition[] } }>(
          type,
          source.metadata,
          { signal },
        );
        return status?.conditions?.find((each) => each.type === 'Ready' && each.status === 'True');
      },
      { seconds: patienceSeconds, signal },
    );
    if (!ready) return untried(`the source ${gitUrl} is not ready within ${patienceSeconds} s`);
  } catch (error) {
    if (error instanceof NotServedError) return skipped(error.message);
    throw error;
  }
  const own = kustomization(world, 'own', {
    postBuild: { substitute: { namespace: attacker.namespace, name: 'own' } },
  });
  const ready = await deploy(world, own);
  if (ready?.status === 'True') return undefined;
  const why = ready?.message ?? 'no controller looked at it';
  return untried(`what the tenant may deploy does not become ready either: ${why}`);
}
