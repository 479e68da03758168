import { userIdentity } from '../src/kube/identity.ts';
import type { KubeObject } from '../src/kube/object.ts';
import { Tenant } from '../src/api/capsule/tenant.ts';
import { inLanes } from './lanes.ts';
import { requestsBetween, scrapeManager, writesOf } from './manager-metrics.ts';
import { observe, type Observed } from './observed.ts';
import { usageOf, watchPeak } from './processes.ts';
import { measureAdmission, type AdmissionLatency } from './tenancy-admission.ts';
import {
  group,
  namespaceOf,
  owner,
  startTenancyStage,
  tenantNamed,
  type TenancyStage,
} from './tenancy-stage.ts';
import { tenancyTypes as types } from './tenancy-types.ts';

/** What `--tenancy` was asked for. */
export interface TenancyOptions {
  /** Tenants, of three namespaces each. */
  tenants: number;
  /** Seconds of steady state. */
  steady: number;
}

/** What a run found; what `--json` prints. */
export interface TenancyResults {
  options: TenancyOptions;
  /** From the first Tenant to the last RoleBinding of all but the last one. */
  installSeconds: number;
  /** Of the last Tenant: from its apply to three namespaces in which the owner may work. */
  onboardingSeconds: number;
  steadyWrites: number;
  restMb: number;
  peakMb: number;
  admission: AdmissionLatency[];
}

const perTenant = 3;
/** An owner has two roles in each namespace. */
const bindingsPerNamespace = 2;
const lanes = 8;
const nameOf = (index: number) => `tenant-${String(index).padStart(4, '0')}`;
const namespacesOf = (tenant: string) =>
  Array.from({ length: perTenant }, (_, index) => `${tenant}-${index}`);

/** Onboarding, steady state, memory and the price of admission, with so many tenants in one cluster. */
export async function runTenancyBench(
  options: TenancyOptions,
  signal: AbortSignal,
): Promise<TenancyResults> {
  await using stage = await startTenancyStage(signal);
  const { manager, progress } = stage;
  using peak = watchPeak(manager.pid);
  using bindings = observe(stage.admin, types.roleBinding, () => true);
  const names = Array.from({ length: options.tenants }, (_, index) => nameOf(index));
  const [last = '', ...others] = names.reverse();
  progress(`creating ${others.length} tenants of ${perTenant} namespaces`);
  const installSeconds = await timed(() => createAll(others, bindings, stage));
  progress(`${installSeconds.toFixed(1)} s; one more`);
  const onboardingSeconds = await timed(() => onboard(last, bindings, stage));
  progress(`onboarding: ${onboardingSeconds.toFixed(2)} s; steady state`);
  await pause(10);
  const before = await scrapeManager(manager.metricsUrl);
  await pause(options.steady);
  const steadyWrites = writesOf(requestsBetween(before, await scrapeManager(manager.metricsUrl)));
  const restMb = usageOf(manager.pid).residentMb;
  progress('admission');
  const admission = await measureAdmission(namespacesOf(last)[0] ?? '', stage);
  const peakMb = peak.takePeakMb();
  return { options, installSeconds, onboardingSeconds, steadyWrites, restMb, peakMb, admission };
}

async function createAll(
  tenants: readonly string[],
  bindings: Observed<boolean>,
  { admin }: TenancyStage,
): Promise<void> {
  await inLanes(tenants, lanes, async (tenant) => {
    await admin.create(Tenant.type, tenantNamed(tenant));
    for (const name of namespacesOf(tenant)) {
      await admin.create(types.namespace, namespaceOf(tenant, name));
    }
  });
  await complete(tenants.length, 'tenant-', bindings);
}

/** As its owner does it: a Tenant, and three namespaces at once. */
async function onboard(
  tenant: string,
  bindings: Observed<boolean>,
  { admin }: TenancyStage,
): Promise<void> {
  const asOwner = admin.as(userIdentity(owner, [group]));
  await admin.create(Tenant.type, tenantNamed(tenant));
  for (const name of namespacesOf(tenant)) {
    await asOwner.create(types.namespace, namespaceOf(tenant, name));
  }
  await complete(1, tenant, bindings);
  for (const namespace of namespacesOf(tenant)) {
    await untilAllowed(() => asOwner.create(types.configMap, firstOf(namespace)));
  }
}

const complete = (tenants: number, prefix: string, bindings: Observed<boolean>) =>
  bindings.until({
    what: 'every namespace has its RoleBindings',
    count: tenants * perTenant * bindingsPerNamespace,
    accept: (_, key) => key.startsWith(prefix) && key.includes('/capsule:managed:'),
    seconds: 3600,
  });

const firstOf = (namespace: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'first', namespace },
});

/** Rights reach the API server's authorizer a moment after they are written. */
async function untilAllowed(attempt: () => Promise<unknown>): Promise<void> {
  for (const deadline = performance.now() + 60_000; ;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await pause(0.02);
    }
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

const pause = (seconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000));
