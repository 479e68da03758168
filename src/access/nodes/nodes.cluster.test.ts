import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName } from '../../../test/support/cluster.ts';
import {
  ofAnyVersion,
  ways,
  writeMetadata,
  type WantedMetadata,
  type Way,
} from '../../../test/support/metadata-writes.ts';
import { testSeed } from '../../../test/support/random.ts';
import { startTenancyPlane, type TenancyPlane } from '../../../test/support/tenancy-plane.ts';
import { untilAllowed } from '../../../test/support/until-allowed.ts';
import { concurrently } from '../../base/concurrently.ts';
import { userIdentity } from '../../kube/identity.ts';
import { changedMetadata, metadataChanges } from '../../../test/support/generated-metadata.ts';
import { firstRefusal } from '../policy/rule.ts';
import { nodeRules } from './rules.ts';

/** Users of Capsule that may write nodes, and what the configuration forbids them there. */
const node = freshName('node');
const seed = testSeed();
const nodeMetadata = {
  forbiddenLabels: { denied: ['secret'], deniedRegex: '^pool' },
  forbiddenAnnotations: { denied: ['owner'], deniedRegex: '(?i)SEC' },
};
let world: TenancyPlane;
beforeAll(async () => {
  world = await startTenancyPlane({
    nodeMetadata,
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
const optional = (change: Record<string, string | undefined>) =>
  Object.fromEntries(Object.entries(change).map(([key, value]) => [key, value ?? null]));
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

test(`changes are decided as the functions say (TENANTRY_SEED=${seed})`, async () => {
  const stored = await world.get('node', node);
  const client = world.admin.as(userIdentity('alice', [world.group]));
  const { labels: oldLabels = {}, annotations: oldAnnotations = {} } = stored.metadata;
  const keys = ['pool', 'pool-b', 'whirlpool', 'owner'];
  const changes = fc.tuple(metadataChanges(keys), metadataChanges(keys));
  const cases = fc.sample(changes, { numRuns: 60, seed });
  const met = await concurrently(cases, 4, async ([onLabels, onAnnotations]) => {
    const facts = {
      oldLabels,
      oldAnnotations,
      labels: changedMetadata(oldLabels, onLabels),
      annotations: changedMetadata(oldAnnotations, onAnnotations),
    };
    const refusal = firstRefusal(nodeRules({ nodeMetadata }), facts)?.message;
    const wanted = { labels: optional(onLabels), annotations: optional(onAnnotations) };
    const attempt = { wanted, way: 'merge', dryRun: true } as const;
    const { code, message } = await writeMetadata(client, nodeType, stored, attempt);
    const expected = [403, expect.stringContaining(refusal ?? '')];
    expect([code, message]).toEqual(refusal === undefined ? [200, ''] : expected);
    return refusal;
  });
  expect(new Set(met).size).toBe(3);
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
