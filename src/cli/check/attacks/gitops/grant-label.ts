import type { KubeObject } from '../../../../kube/object.ts';
import { skipped } from '../../outcome.ts';
import type { Attack } from '../../attack.ts';
import { applying, merging, target } from '../../target.ts';
import { tryAll } from '../../tries.ts';
import type { World } from '../../world.ts';

const label = 'tenantry.dev/check-grant';

export const grantLabel: Attack = {
  id: 'gitops/grant-label',
  title: 'labels its namespace so that a source of the platform is shared with it',
  why: 'a source is shared with namespaces by their labels',
  remedy: 'let nobody but administrators set labels that a grant selects on',
  async attempt(world) {
    if (!(await makeShared(world))) return skipped('sources here are not shared by labels');
    const { namespace } = world.attacker;
    const of = target('v1', 'Namespace', namespace);
    const labels = { [label]: world.run };
    return tryAll(world, [
      { what: 'by a merge patch', send: merging(of, { metadata: { labels } }) },
      {
        what: 'by server-side apply',
        send: applying({ ...of, metadata: { ...of.metadata, labels } }),
      },
    ]);
  },
};

/**
 * A source that is shared with a label; false where grants are not kept. Not a tenant's: what one shares by
 * labels that are free stays in it, whoever has them.
 */
async function makeShared({ admin, run, unowned }: World): Promise<boolean> {
  const namespaceSelectors = [{ matchLabels: { [label]: run } }];
  const source = {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { name: 'shared', namespace: unowned },
    spec: {
      url: 'https://git.invalid/shared',
      interval: '1h',
      suspend: true,
      accessFrom: { namespaceSelectors },
    },
  };
  const type = await admin.discovery.resourceFor(source.apiVersion, source.kind);
  if (!type) return false;
  const options = { fieldManager: 'tenantry-check', force: true };
  const { object } = await admin.apply<KubeObject>(type, source, options);
  return 'accessFrom' in (object['spec'] as object);
}
