import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  configMaps,
  startCustomQuotaPlane,
  type CustomQuotaPlane,
} from '../../../test/support/custom-quotas.ts';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { home } from '../../../test/support/tenancy-plane.ts';
import { heldQuotas } from './held-quotas.ts';
import { tenancyTypes } from './tenancy-readers.ts';
import { systemClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import { createCaches } from '../../runtime/cache/create-caches.ts';
import type { AdmissionContext } from '../../admission/context.ts';
import type { AdmissionRequest } from '../../admission/request.ts';
import { customQuota } from '../../admission/custom-quotas/custom-quota.ts';

let on: CustomQuotaPlane;
const stop = new AbortController();
beforeAll(async () => {
  on = await startCustomQuotaPlane();
});
afterAll(async () => {
  stop.abort();
  await on?.[Symbol.asyncDispose]();
});

/** What one replica decides by: it knows of others only what the API server tells. */
async function replica(): Promise<AdmissionContext> {
  const client = on.plane.admin;
  const caches = createCaches({ client, signal: stop.signal, log: silentLog });
  await Promise.all(tenancyTypes.map((type) => caches.for(type).synced()));
  const unasked = () => Promise.reject(new Error('no expression is to be evaluated'));
  const expressions = { check: unasked, evaluate: unasked };
  // As much as the rule looks at.
  return {
    client,
    caches,
    clock: systemClock,
    home,
    expressions,
    customQuotas: heldQuotas(caches, home),
  } as unknown as AdmissionContext;
}

const creation = (namespace: string): AdmissionRequest => {
  const name = freshName('map');
  const kind = { group: '', version: 'v1', kind: 'ConfigMap' };
  return {
    uid: freshName('request'),
    kind,
    resource: { group: '', version: 'v1', resource: 'configmaps' },
    name,
    namespace,
    operation: 'CREATE',
    userInfo: { username: 'somebody' },
    object: { apiVersion: 'v1', kind: kind.kind, metadata: { name, namespace } },
    dryRun: false,
  };
};

test('replicas that are asked at the same moment admit no more together than fit', async () => {
  const namespace = await on.place();
  const sources = [
    configMaps({
      op: 'count',
      selectors: [{ fieldSelectors: ['.metadata.name!=kube-root-ca.crt'] }],
    }),
  ];
  await on.quota(namespace, { limit: '5', sources });
  const replicas = await Promise.all([replica(), replica(), replica()]);
  const held = (admission: AdmissionContext) => admission.customQuotas(namespace);
  await eventually('all know the quota', async () =>
    replicas.every((each) => held(each).length > 0),
  );
  const ask = async (admission: AdmissionContext) =>
    await customQuota.check(creation(namespace), { admission, quotas: held(admission) });
  const asked = [...replicas, ...replicas, ...replicas, ...replicas];
  const verdicts = await Promise.all(asked.map(ask));
  const admitted = verdicts.filter((verdict) => verdict === undefined).length;
  const full = verdicts.filter((verdict) => verdict && 'code' in verdict && verdict.code === 403);
  // Who loses every race is told to try again, and is not counted.
  expect(admitted).toBeLessThanOrEqual(5);
  expect(await on.ledger(namespace)).toMatchObject({ reserved: String(admitted) });
  expect(admitted + full.length).toBeGreaterThan(0);
});
