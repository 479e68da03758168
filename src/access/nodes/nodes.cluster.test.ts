import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshName } from '../../../test/support/cluster.ts';
import { startTenancyPlane, type TenancyPlane } from '../../../test/support/tenancy-plane.ts';

/** Users of Capsule that may write nodes, and what the configuration forbids them there. */
const node = freshName('node');
let world: TenancyPlane;
beforeAll(async () => {
  world = await startTenancyPlane({ nodeMetadata: { forbiddenLabels: { deniedRegex: '^pool' } } });
  const group = 'rbac.authorization.k8s.io';
  const rules = [
    { apiGroups: [''], resources: ['nodes', 'nodes/status'], verbs: ['get', 'update', 'patch'] },
  ];
  const metadata = { name: 'node-writers' };
  const subject = (name: string) => ({ kind: 'Group', name, apiGroup: group });
  await world.apply([
    { apiVersion: 'v1', kind: 'Node', metadata: { name: node, labels: { pool: 'shared' } } },
    { apiVersion: `${group}/v1`, kind: 'ClusterRole', metadata, rules },
    {
      apiVersion: `${group}/v1`,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: metadata.name },
      subjects: [subject(world.group), subject('operators')],
    },
  ]);
});
afterAll(() => world?.[Symbol.asyncDispose]());

type Way = (labels: Record<string, string | null>) => string[];
const ways: [string, Way][] = [
  ['merge', (labels) => ['--type=merge', '-p', JSON.stringify({ metadata: { labels } })]],
  ['strategic', (labels) => ['--type=strategic', '-p', JSON.stringify({ metadata: { labels } })]],
  [
    'json',
    (labels) => [
      '--type=json',
      '-p',
      JSON.stringify(
        Object.entries(labels).map(([key, value]) =>
          value === null
            ? { op: 'remove', path: `/metadata/labels/${key}` }
            : { op: 'add', path: `/metadata/labels/${key}`, value },
        ),
      ),
    ],
  ],
];

const patch = (patchOf: string[], group: string) =>
  world.kubectl(['patch', 'node', node, ...patchOf], { as: 'alice', asGroups: [group] });

test.each(ways)('a user of Capsule keeps forbidden labels as they are: %s', async (_, way) => {
  for (const labels of [{ pool: 'mine' }, { pool: null }, { 'pool-b': 'x' }]) {
    const { code, stderr } = await patch(way(labels), world.group);
    const refused = [1, expect.stringContaining('some labels are marked as forbidden') as string];
    expect([code, stderr]).toEqual(refused);
    const byStatus = await patch([...way(labels), '--subresource=status'], world.group);
    expect([byStatus.code, byStatus.stderr]).toEqual(refused);
  }
  expect(await patch(way({ rack: 'a1' }), world.group)).toMatchObject({ code: 0 });
});

test('others who may write nodes do, whatever the key', async () => {
  expect(await patch(['-p', '{"metadata":{"labels":{"pool-c":"x"}}}'], 'operators')).toMatchObject({
    code: 0,
  });
});

test('so it is with every process of ours stopped', async () => {
  await world.stopComponent();
  const args = ['-p', '{"metadata":{"labels":{"pool":"mine"}}}'];
  expect(await patch(args, world.group)).toMatchObject({ code: 1 });
  expect(await patch(['-p', '{"metadata":{"labels":{"rack":"a2"}}}'], world.group)).toMatchObject({
    code: 0,
  });
});
