import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CapsuleConfiguration } from '../src/api/capsule/capsule-configuration.ts';
import { Tenant } from '../src/api/capsule/tenant.ts';
import { tenancyName } from '../src/api/install/tenancy.ts';
import { freePort } from '../src/engines/plane/free-port.ts';
import type { Plane } from '../src/engines/plane/plane.ts';
import { startPlane } from '../src/engines/plane/start-plane.ts';
import type { OwnClient } from '../src/kube/client.ts';
import { createClient, type ClosableClient } from '../src/kube/connect.ts';
import { loadKubeconfig } from '../src/kube/kubeconfig.ts';
import { apiVersionOf, type KubeObject } from '../src/kube/object.ts';
import { eventually } from '../test/support/eventually.ts';
import { applyAll, install, managerKubeconfig } from '../test/support/install.ts';
import { policiesInForce } from '../test/support/policies-in-force.ts';
import { startManager, type ManagerProcess } from '../test/support/manager-process.ts';

/** Users of Capsule, and the owner of every tenant. */
export const group = 'projectcapsule.dev';
export const owner = 'owner';

/** What the measures of tenancy act on. */
export interface TenancyStage extends AsyncDisposable {
  plane: Plane;
  /** The platform admin. */
  admin: ClosableClient;
  manager: ManagerProcess;
  progress(text: string): void;
}

/** A control plane with the tenancy component as it is installed: its account, and its webhooks. */
export async function startTenancyStage(signal: AbortSignal): Promise<TenancyStage> {
  await using stack = new AsyncDisposableStack();
  const progress = (text: string) => void process.stderr.write(`${text}\n`);
  progress('starting the control plane');
  const plane = stack.adopt(await startPlane(), (started) => started.stop());
  const cluster = await loadKubeconfig({ paths: [plane.kubeconfig] });
  const admin = stack.adopt(createClient({ cluster }), (client) => client.close());
  await install(admin, { tenancy: true });
  const port = await freePort();
  await applyAll(admin, [configurationFor(port)]);
  const storagePath = await mkdtemp(path.join(tmpdir(), 'tenantry-bench-'));
  stack.defer(() => rm(storagePath, { recursive: true, force: true }));
  const manager = await startManager({
    kubeconfig: await managerKubeconfig(plane, tenancyName),
    storagePath,
    flags: ['--components=tenancy', `--webhook-port=${port}`],
    signal,
  });
  stack.defer(() => manager.stop());
  await untilInstalled(admin);
  const running = stack.move();
  return {
    plane,
    admin,
    manager,
    progress,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Both rings are registered, and the API server has taken them up. */
async function untilInstalled(admin: OwnClient): Promise<void> {
  await eventually('the configuration is ready', async () => {
    const stored = await admin.get(CapsuleConfiguration.type, { name: 'default' });
    const { conditions = [] } = CapsuleConfiguration.decode(stored).status ?? {};
    return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
  });
  await policiesInForce(admin);
}

function configurationFor(port: number): KubeObject {
  const client = { url: `https://127.0.0.1:${port}` };
  return {
    apiVersion: apiVersionOf(CapsuleConfiguration.type),
    kind: CapsuleConfiguration.kind,
    metadata: { name: 'default' },
    spec: {
      users: [{ kind: 'Group', name: group }],
      admission: { validating: { client }, mutating: { client } },
    },
  };
}

/** The spec of a LimitRange. */
export const limits = { limits: [{ type: 'Container', default: { memory: '64Mi' } }] };

/** A Tenant as many have: an owner, limits and policies of the network. */
export const tenantNamed = (name: string): KubeObject => ({
  apiVersion: apiVersionOf(Tenant.type),
  kind: Tenant.kind,
  metadata: { name },
  spec: {
    owners: [{ kind: 'User', name: owner }],
    limitRanges: { items: [limits] },
    networkPolicies: { items: [{ podSelector: {}, policyTypes: ['Ingress'] }] },
  },
});

/** One of its namespaces, as an owner asks for it. */
export const namespaceOf = (tenant: string, name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { 'capsule.clastix.io/tenant': tenant } },
});
