import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName } from '../../../test/support/cluster.ts';
import {
  ofAnyVersion,
  ways,
  writeMetadata,
  type WantedMetadata,
  type Way,
} from '../../../test/support/metadata-writes.ts';
import { startTenancyPlane, type TenancyPlane } from '../../../test/support/tenancy-plane.ts';
import { untilAllowed } from '../../../test/support/until-allowed.ts';
import { userIdentity } from '../../kube/identity.ts';

/** Users of Capsule that may write nodes, and what the configuration forbids them there. */
const node = freshName('node');
let world: TenancyPlane;
beforeAll(async () => {
  world = await startTenancyPlane({
    nodeMetadata: {
      forbiddenLabels: { deniedRegex: '^pool' },
      forbiddenAnnotations: { denied: ['owner'] },
    },
  });
  const group = 'rbac.authorization.k8s.io';
  const rules = [
    { apiGroups: [''], resources: ['nodes', 'nodes/status'], verbs: ['get', 'update', 'patch'] },
  ];
  const metadata = { name: 'node-writers' };
  const subject = (name: string) => ({ kind: 'Group', name, apiGroup: group });
  await world.apply([
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: node, labels: { pool: 'shared' }, annotations: { owner: 'platform' } },
    },
    { apiVersion: `${group}/v1`, kind: 'ClusterRole', metadata, rules },
    {
      apiVersion: `${group}/v1`,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: metadata.name },
      subjects: [subject(world.group), subject('operators')],
    },
  ]);
  const rights = { verb: 'patch', resource: 'nodes' };
  await untilAllowed(world.admin, userIdentity('alice', [world.group]), rights);
});
afterAll(() => world?.[Symbol.asyncDispose]());

const nodeType = { plural: 'nodes' };
/** What a member of the group is answered. */
async function write(group: string, wanted: WantedMetadata, way: Way, subresource = '') {
  const stored = ofAnyVersion(await world.get('node', node));
  const client = world.admin.as(userIdentity('alice', [group]));
  return await writeMetadata(client, nodeType, stored, { wanted, way, subresource });
}
const attacks: WantedMetadata[] = [
  { labels: { pool: 'mine' } },
  { labels: { pool: null } },
  { labels: { 'pool-b': 'x' } },
  { annotations: { owner: 'me' } },
  { annotations: { owner: null } },
];
const refused = {
  code: 403,
  message: expect.stringMatching(/some (labels|annotations) are marked as forbidden/) as string,
};

describe.each(ways)('a user of Capsule, by %s', (way) => {
  test('keeps what is forbidden as it is', async () => {
    for (const wanted of attacks) {
      // To apply nothing takes nothing from who has set it.
      if (way === 'apply' && JSON.stringify(wanted).includes('null')) continue;
      for (const subresource of ['', 'status']) {
        expect(await write(world.group, wanted, way, subresource)).toMatchObject(refused);
      }
    }
    const { labels, annotations } = (await world.get('node', node)).metadata;
    expect(labels).toMatchObject({ pool: 'shared' });
    expect(labels).not.toHaveProperty('pool-b');
    expect(annotations).toMatchObject({ owner: 'platform' });
  });

  test('writes the rest', async () => {
    expect(await write(world.group, { labels: { rack: way } }, way)).toMatchObject({ code: 200 });
  });
});

test('others who may write nodes do, whatever the key', async () => {
  const labels = { 'pool-c': 'x' };
  expect(await write('operators', { labels }, 'merge')).toMatchObject({ code: 200 });
});

test('so it is with every process of ours stopped', async () => {
  await world.stopComponent();
  for (const wanted of attacks) {
    expect(await write(world.group, wanted, 'merge')).toMatchObject(refused);
  }
  const labels = { rack: 'a2' };
  expect(await write(world.group, { labels }, 'merge')).toMatchObject({ code: 200 });
});
