import { proxyName } from '../src/api/install/proxy.ts';
import { Tenant } from '../src/api/capsule/tenant.ts';
import { defaultInstallOptions } from '../src/api/install/options.ts';
import { userIdentity } from '../src/kube/identity.ts';
import { secretType } from '../src/kube/core-resources.ts';
import { secretText, secretData } from '../src/kube/secrets.ts';
import { applyAll, install, managerKubeconfig } from '../test/support/install.ts';
import { startProxyProcess, type ProxyProcess } from '../test/support/proxy-process.ts';
import { eventually } from '../test/support/eventually.ts';
import { inLanes } from './lanes.ts';
import {
  group,
  namespaceOf,
  owner,
  startTenancyStage,
  tenantNamed,
  type TenancyStage,
} from './tenancy-stage.ts';
import { tenancyTypes as types } from './tenancy-types.ts';

/** An API server, as somebody, and the proxy in front of it. */
export interface ProxyStage extends AsyncDisposable {
  stage: TenancyStage;
  proxy: ProxyProcess;
  direct: { url: string; caPem: string };
  through: { url: string; caPem: string };
  /** Of an owner of the tenant. */
  token: string;
  /** Namespaces of the tenant. */
  namespaces: string[];
}

/** A ConfigMap in each of the tenant's namespaces. */
export const probe = 'probe';
const tenant = 'oil';
const lanes = 8;

/** A tenant with some of many namespaces, and the proxy as it is installed, with its rights alone. */
export async function startProxyStage(
  { own, all }: { own: number; all: number },
  signal: AbortSignal,
): Promise<ProxyStage> {
  await using stack = new AsyncDisposableStack();
  const stage = stack.use(await startTenancyStage(signal));
  const { admin, plane, progress } = stage;
  await install(admin, { tenancy: true, proxy: true });
  progress(`creating ${all} namespaces, ${own} of them of one tenant`);
  const names = Array.from({ length: all - own }, (_, index) => `other-${index}`);
  await inLanes(names, lanes, (name) =>
    admin.create(types.namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
  );
  const account = { namespace: `${tenant}-0`, name: 'gitops' };
  const user = `system:serviceaccount:${account.namespace}:${account.name}`;
  const oil = tenantNamed(tenant);
  const owners = [
    { kind: 'User', name: owner },
    { kind: 'ServiceAccount', name: user },
  ];
  await admin.create(Tenant.type, { ...oil, spec: { ...(oil['spec'] as object), owners } });
  const namespaces = Array.from({ length: own }, (_, index) => `${tenant}-${index}`);
  const asOwner = admin.as(userIdentity(owner, [group]));
  for (const name of namespaces) {
    await eventually('the owner may create it', () =>
      asOwner.create(types.namespace, namespaceOf(tenant, name)),
    );
  }
  for (const namespace of namespaces) {
    const metadata = { name: probe, namespace };
    const data = { key: 'x'.repeat(1000) };
    await admin.create(types.configMap, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
  }
  const metadata = { ...account };
  await applyAll(admin, [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata }]);
  const { status } = await admin.raw<{ status: { token: string } }>({
    method: 'POST',
    path: `/api/v1/namespaces/${account.namespace}/serviceaccounts/${account.name}/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
  });
  const home = defaultInstallOptions.namespace;
  progress('starting the proxy');
  const proxy = stack.use(
    await startProxyProcess({
      kubeconfig: await managerKubeconfig(plane, proxyName),
      namespace: home,
      // It is one client who stands for all.
      flags: ['--max-watches-per-caller=0'],
    }),
  );
  const secret = await admin.get(secretType, { namespace: home, name: proxyName });
  const caPem = secretText(secretData(secret), 'ca') ?? '';
  const running = stack.move();
  return {
    stage,
    proxy,
    direct: { url: plane.server, caPem: plane.caPem },
    through: { url: proxy.url, caPem },
    token: status.token,
    namespaces,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
