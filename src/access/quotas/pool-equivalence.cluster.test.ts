import { afterAll, beforeAll, expect, test } from 'vitest';
import { bringKinds } from '../../../test/support/bring-kinds.ts';
import { freshName } from '../../../test/support/cluster.ts';
import { answerOf, firstRing, type FirstRing } from '../../../test/support/first-ring.ts';
import { ResourcePoolClaim } from '../../api/capsule/resource-pool-claim.ts';
import { ResourcePool } from '../../api/capsule/resource-pool.ts';
import { customResourceDefinition } from '../../api/crd/custom-resource-definition.ts';
import { KubeApiError } from '../../kube/api-error.ts';
import type { Patch } from '../../kube/client.ts';
import {
  apiVersionOf,
  type JsonValue,
  type KubeObject,
  type ObjectKey,
  type ResourceType,
} from '../../kube/object.ts';
import { firstRefusal } from '../policy/rule.ts';
import { poolPolicies } from './pool-policies.ts';
import { claimRules, poolRules, type ClaimRequest, type PoolUpdate } from './pool-rules.ts';

/** The API server by CEL and the functions say the same of every pair of these, none by chance. */
let ring: FirstRing;
let namespace: string;
const pool = freshName('pool');
const toStatus = { subresource: 'status' } as const;
const amounts = ['-2', '-1m', '0', '1', '1000m', '1001m', '1e3', '2Gi', 1, -1];

beforeAll(async () => {
  await bringKinds([ResourcePool, ResourcePoolClaim].map(customResourceDefinition));
  ring = await firstRing(poolPolicies);
  namespace = await ring.namespace();
});
afterAll(() => ring?.client.close());

const claim = (name: string, cpu: string | number, of = pool): KubeObject => ({
  apiVersion: apiVersionOf(ResourcePoolClaim.type),
  kind: ResourcePoolClaim.kind,
  metadata: { name, namespace },
  spec: { pool: of, claim: { cpu } },
});

/** Refused by a rule, refused as no object at all, or let through. */
async function said(send: () => Promise<KubeObject>): Promise<string | undefined> {
  try {
    const answer = await answerOf(send);
    return 'refusal' in answer ? answer.refusal : undefined;
  } catch (error) {
    if (error instanceof KubeApiError && error.code === 422) return 'invalid';
    throw error;
  }
}

const expected = (request: object) =>
  // Objects as they are sent; the rules read no more of them.
  firstRefusal(claimRules, request as ClaimRequest)?.message;

/** Another spec, as an update; nothing is stored. */
const replace = (type: ResourceType, key: ObjectKey, spec: unknown) =>
  // What was read as JSON, or is written here.
  ring.client.patch(
    type,
    key,
    { type: 'json', body: [{ op: 'replace', path: '/spec', value: spec as JsonValue }] },
    { dryRun: true },
  );

async function stored(cpu: string | number, isBound: boolean): Promise<KubeObject> {
  const name = freshName('claim');
  await ring.client.create(ResourcePoolClaim.type, claim(name, cpu));
  const condition = {
    type: 'Bound',
    status: isBound ? ('True' as const) : ('False' as const),
    reason: 'Test',
    message: '',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };
  const patch: Patch = { type: 'merge', body: { status: { conditions: [condition] } } };
  return await ring.client.patch(ResourcePoolClaim.type, { namespace, name }, patch, toStatus);
}

test('new claims', async () => {
  for (const cpu of amounts) {
    const after = claim('new', cpu);
    const answer = await said(() =>
      ring.client.create(ResourcePoolClaim.type, after, { dryRun: true }),
    );
    expect(answer, String(cpu)).toBe(expected({ operation: 'CREATE', after }));
  }
});

test.each([
  ['that are used', true],
  ['that are not', false],
])('changes of claims %s, and their end', async (_, isBound) => {
  const before = await stored('1', isBound);
  const { name } = before.metadata;
  const changes = [...amounts.map((cpu) => claim(name, cpu)), claim(name, '1', 'another')];
  for (const { spec } of changes) {
    const after = { ...before, spec };
    const answer = await said(() => replace(ResourcePoolClaim.type, { namespace, name }, spec));
    expect(answer, JSON.stringify(spec)).toBe(expected({ operation: 'UPDATE', before, after }));
  }
  const answer = await said(async () => {
    await ring.client.delete(ResourcePoolClaim.type, { namespace, name }, { dryRun: true });
    return before;
  });
  expect(answer).toBe(expected({ operation: 'DELETE', before }));
});

test('changes of pools', async () => {
  const hard = { cpu: '4', memory: '1Gi', pods: 3 };
  const made: KubeObject = {
    apiVersion: apiVersionOf(ResourcePool.type),
    kind: ResourcePool.kind,
    metadata: { name: pool },
    spec: { quota: { hard }, selectors: [] },
  };
  await ring.client.create(ResourcePool.type, made);
  const used = { cpu: '1500m', memory: '0', pods: 3 };
  const status = { allocation: { used } };
  const patch: Patch = { type: 'merge', body: { status } };
  const before = await ring.client.patch(ResourcePool.type, { name: pool }, patch, toStatus);
  const met = new Set<boolean>();
  for (const change of [
    hard,
    { ...hard, cpu: '4000m' },
    { ...hard, cpu: '1.5' },
    { ...hard, cpu: '1499m' },
    { ...hard, cpu: 1 },
    { ...hard, memory: '0' },
    { ...hard, pods: 2 },
    { ...hard, pods: '3' },
    { cpu: '4', pods: 3 },
    { memory: '1Gi', pods: 3 },
    { ...hard, 'requests.storage': '1Ti' },
    {},
  ]) {
    const spec = { ...(before['spec'] as object), quota: { hard: change } };
    const after = { ...before, spec };
    const answer = await said(() => replace(ResourcePool.type, { name: pool }, spec));
    const update = { before, after } as unknown as PoolUpdate;
    const refusal = firstRefusal(poolRules, update)?.message;
    expect(answer, JSON.stringify(change)).toBe(refusal);
    met.add(refusal === undefined);
  }
  expect(met.size).toBe(2);
});
