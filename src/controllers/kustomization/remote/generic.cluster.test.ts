import { afterAll, beforeAll, expect, it } from 'vitest';
import { applyAll } from '../../../../test/support/install.ts';
import {
  account,
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../../test/support/kustomize-harness.ts';
import {
  binding,
  planeCluster,
  remoteSide,
  tenantOfRemote,
} from '../../../../test/support/remote-cluster.ts';
import { untilAllowed } from '../../../../test/support/until-allowed.ts';
import { serviceAccountIdentity } from '../../../kube/identity.ts';

/** Clusters that a ConfigMap describes; the run's plane trusts its own tokens. */
let harness: KustomizeHarness;
/** With `--default-kubeconfig-service-account=courier`. */
let withDefault: KustomizeHarness;
const audience = 'https://kubernetes.default.svc.cluster.local';
beforeAll(async () => {
  const flags = { allowLoopbackClusters: true };
  harness = await startKustomizeHarness({ flags });
  const defaultKubeconfigServiceAccount = 'courier';
  withDefault = await startKustomizeHarness({
    flags: { ...flags, defaultKubeconfigServiceAccount },
  });
});
afterAll(() => Promise.all([harness, withDefault].map((one) => one?.[Symbol.asyncDispose]())));

async function described(data: Record<string, string> = {}, tokens = true, on = harness) {
  const remote = await remoteSide(harness.admin);
  const namespace = await tenantOfRemote(harness, 'unused');
  const plane = await planeCluster();
  const ca = Buffer.from(plane['certificate-authority-data'], 'base64').toString();
  const given = { provider: 'generic', address: plane.server, 'ca.crt': ca, audiences: audience };
  const edit = { kind: 'ClusterRole', name: 'edit' } as const;
  const rules = [{ apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] }];
  const mint = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'mint', namespace },
    rules,
  };
  await applyAll(harness.admin, [
    mint,
    ...(tokens ? [binding(namespace, account, { kind: 'Role', name: 'mint' })] : []),
    binding(remote.namespace, account, edit, namespace),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'remote', namespace, labels: { 'reconcile.fluxcd.io/watch': 'Enabled' } },
      data: { ...given, ...data },
    },
  ]);
  const minting = { verb: 'create', resource: 'serviceaccounts', subresource: 'token', namespace };
  if (tokens)
    await untilAllowed(harness.admin, serviceAccountIdentity(namespace, account), minting);
  const files = { 'a.yaml': configMap('a', {}, { namespace: remote.namespace }) };
  await on.publish(files, { namespace });
  const deploy = (spec: object = {}) =>
    on.deploy(namespace, 'apps', {
      kubeConfig: { configMapRef: { name: 'remote' } },
      ...spec,
    });
  return { remote, namespace, deploy };
}

const failure = async (namespace: string) =>
  (await harness.failed(namespace, 'apps', 'ReconciliationFailed')).message;

it('a token of the account itself opens the cluster', async () => {
  const { remote, namespace, deploy } = await described();
  // On the remote cluster gitops would be impersonated: it acts by its own token instead.
  const rules = [{ apiGroups: [''], resources: ['serviceaccounts'], verbs: ['impersonate'] }];
  await applyAll(harness.admin, [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'self', namespace },
      rules,
    },
    binding(namespace, account, { kind: 'Role', name: 'self' }),
  ]);
  await deploy();
  await harness.ready(namespace, 'apps');
  const key = { namespace: remote.namespace, name: 'a' };
  expect(await harness.read('v1', 'ConfigMap', key)).toBeDefined();
});

it('without a name the token is of the account that the administrator set up for that', async () => {
  const { remote, namespace, deploy } = await described({}, true, withDefault);
  await deploy();
  const { message } = await withDefault.failed(namespace, 'apps', 'ReconciliationFailed');
  expect(message).toContain(`ServiceAccount '${namespace}/courier' not found`);
  const metadata = { name: 'courier', namespace };
  const rules = [
    {
      apiGroups: [''],
      resources: ['serviceaccounts'],
      verbs: ['impersonate'],
    },
  ];
  await applyAll(harness.admin, [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata,
      rules,
    },
    binding(namespace, 'courier', { kind: 'Role', name: 'courier' }),
  ]);
  await withDefault.ready(namespace, 'apps');
  const key = { namespace: remote.namespace, name: 'a' };
  expect(await harness.read('v1', 'ConfigMap', key)).toBeDefined();
});

it('who may not ask for the token is told what to grant, and no right of ours is used', async () => {
  const { namespace, deploy } = await described({}, false);
  await deploy();
  expect(await failure(namespace)).toBe(
    `system:serviceaccount:${namespace}:${account} may not create serviceaccounts/token of ` +
      `ServiceAccount '${namespace}/${account}': grant it with a Role in '${namespace}'`,
  );
});

it('a token for another audience does not open it', async () => {
  const { namespace, deploy } = await described({ audiences: 'somebody-else' });
  await deploy();
  expect(await failure(namespace)).toContain('does not accept the credentials');
});

it.each([
  [{ provider: 'aws' }, "provider 'aws' is not supported yet: use provider generic"],
  [{ provider: '' }, 'has no provider that is known'],
  [{ address: '' }, 'has no valid address'],
  [{ address: 'http://203.0.113.1' }, 'does not verify the server'],
  [{ 'ca.crt': 'nonsense' }, 'cannot be used'],
  [{ serviceAccountName: 'nobody' }, "/nobody' not found"],
  [{ audiences: 'a\n'.repeat(11) }, 'takes at most 10 lines'],
])('%j is refused with what to change', async (data, says) => {
  const { namespace, deploy } = await described(data);
  await deploy({ retryInterval: '1h' });
  expect(await failure(namespace)).toContain(says);
});
