import type { KubeClient } from '../src/kube/client.ts';
import { userIdentity } from '../src/kube/identity.ts';
import type { JsonValue, KubeObject, ResourceType } from '../src/kube/object.ts';
import { latencyOf, type Latency } from './latency.ts';
import { group, limits, owner, type TenancyStage } from './tenancy-stage.ts';
import { tenancyTypes as types } from './tenancy-types.ts';

/** What writes of one sort take, in a namespace of a tenant and in one of nobody's. */
export interface AdmissionLatency {
  /** `create ConfigMap` */
  what: string;
  inTenant: Latency;
  elsewhere: Latency;
}

const elsewhere = 'of-no-tenant';
/** Of each the p99 is the fifteenth from the end: of fewer, one collection of garbage decides it. */
const samples = 1500;
const warmUp = 50;

interface Probe {
  verb: 'create' | 'change';
  type: ResourceType;
  spec: Record<string, unknown>;
}

const probes: readonly Probe[] = [
  { verb: 'create', type: types.configMap, spec: { data: { key: 'value' } } },
  { verb: 'change', type: types.configMap, spec: { data: { key: 'other' } } },
  {
    verb: 'create',
    type: types.pod,
    spec: { spec: { containers: [{ name: 'app', image: 'registry.example/app:1' }] } },
  },
  {
    verb: 'create',
    type: types.service,
    spec: { spec: { clusterIP: 'None', ports: [{ port: 80 }] } },
  },
];

/**
 * Writes by the owner, one after the other, by turns in both namespaces: whatever else happens on
 * the machine happens to both.
 */
export async function measureAdmission(
  tenantNamespace: string,
  { admin }: TenancyStage,
): Promise<AdmissionLatency[]> {
  await openElsewhere(admin);
  const asOwner = admin.as(userIdentity(owner, [group]));
  await ready(tenantNamespace, admin);
  await ready(elsewhere, admin);
  const results: AdmissionLatency[] = [];
  for (const probe of probes) {
    const taken = { inTenant: [] as number[], elsewhere: [] as number[] };
    for (let index = 0; index < samples + warmUp; index++) {
      const tenantMs = await writeOnce(probe, tenantNamespace, index, asOwner);
      const otherMs = await writeOnce(probe, elsewhere, index, asOwner);
      if (index < warmUp) continue;
      taken.inTenant.push(tenantMs);
      taken.elsewhere.push(otherMs);
    }
    results.push({
      what: `${probe.verb} ${probe.type.kind}`,
      inTenant: latencyOf(taken.inTenant),
      elsewhere: latencyOf(taken.elsewhere),
    });
  }
  return results;
}

async function writeOnce(
  { verb, type, spec }: Probe,
  namespace: string,
  index: number,
  client: KubeClient,
): Promise<number> {
  const metadata = { name: `probe-${index}`, namespace };
  const object: KubeObject = { apiVersion: 'v1', kind: type.kind, metadata, ...spec };
  const patch = { type: 'merge', body: spec as JsonValue } as const;
  const started = performance.now();
  if (verb === 'create') await client.create(type, object);
  else await client.patch(type, metadata, patch);
  return performance.now() - started;
}

/**
 * A namespace of no tenant in which the same user may do the same, and the API server does the same: it
 * puts the defaults of a LimitRange on each Pod.
 */
async function openElsewhere(admin: KubeClient): Promise<void> {
  const metadata = { name: elsewhere };
  await admin.create(types.namespace, { apiVersion: 'v1', kind: 'Namespace', metadata });
  const apiGroup = 'rbac.authorization.k8s.io';
  await admin.create(types.roleBinding, {
    apiVersion: `${apiGroup}/v1`,
    kind: 'RoleBinding',
    metadata: { name: owner, namespace: elsewhere },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'admin' },
    subjects: [{ apiGroup, kind: 'User', name: owner }],
  });
  await admin.create(types.limitRange, {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'limits', namespace: elsewhere },
    spec: limits,
  });
}

/** Pods need the account `default`, which the cluster makes a moment after the namespace. */
async function ready(namespace: string, admin: KubeClient): Promise<void> {
  for (const deadline = performance.now() + 60_000; ;) {
    try {
      await admin.get(types.serviceAccount, { namespace, name: 'default' });
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
