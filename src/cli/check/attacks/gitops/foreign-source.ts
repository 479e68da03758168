import { allowed, refused, untried } from '../../outcome.ts';
import type { Attack } from '../../attack.ts';
import { outcomeOf } from '../../tries.ts';
import { typeOf } from '../../target.ts';
import { baitName, type World } from '../../world.ts';
import { deploy, kustomization } from './kustomization.ts';

export const foreignSource: Attack = {
  id: 'gitops/foreign-source',
  title: "deploys from a neighbour's source, which the neighbour did not share",
  why: 'a source is a repository with its credentials',
  remedy: 'set --enable-source-acl, or --no-cross-namespace-refs=true, on the controllers',
  async attempt(world) {
    try {
      await makeBait(world);
      const { namespace } = world.neighbour;
      const sourceRef = { kind: 'GitRepository', name: baitName, namespace };
      const ready = await deploy(world, kustomization(world, 'foreign-source', { sourceRef }));
      if (!ready) return untried('no controller looked at it');
      const told = `${ready.reason}: ${ready.message}`;
      // Whatever else it says, it says of the source.
      return ready.reason === 'AccessDenied' ? refused(told) : allowed(`it went on: ${told}`);
    } catch (error) {
      return outcomeOf(error, 'a Kustomization', world.configuration);
    }
  },
};

/** A source without a grant, which fetches nothing. */
async function makeBait({ admin, neighbour: { namespace } }: World): Promise<void> {
  const source = {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { name: baitName, namespace },
    spec: { url: 'https://git.invalid/bait', interval: '1h', suspend: true },
  };
  const options = { fieldManager: 'tenantry-check', force: true };
  await admin.apply(await typeOf(admin, source), source, options);
}
