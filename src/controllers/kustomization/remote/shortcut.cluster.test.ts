import { afterAll, beforeAll, expect, test } from 'vitest';
import { bringKinds } from '../../../../test/support/bring-kinds.ts';
import { applyAll } from '../../../../test/support/install.ts';
import {
  account,
  conditionOf,
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../../test/support/kustomize-harness.ts';
import { startProxyHarness, type ProxyHarness } from '../../../../test/support/proxy-harness.ts';
import {
  binding,
  kubeconfigSecret,
  kubeconfigText,
  tokenOf,
} from '../../../../test/support/remote-cluster.ts';
import { untilAllowed } from '../../../../test/support/until-allowed.ts';
import { serviceAccountIdentity } from '../../../kube/identity.ts';
import { capsuleKinds } from '../../../api/capsule/kinds.ts';
import { customResourceDefinition } from '../../../api/crd/custom-resource-definition.ts';

/**
 * What becomes of a Kustomization whose kubeconfig leads to our tenant proxy is the same whether its
 * requests go through the proxy or, where that would only pass them on, past it: to the word.
 */
let proxy: ProxyHarness;
let through: KustomizeHarness;
let beside: KustomizeHarness;

beforeAll(async () => {
  await bringKinds(capsuleKinds.map(customResourceDefinition));
  proxy = await startProxyHarness();
  const flags = { allowLoopbackClusters: true };
  through = await startKustomizeHarness({ flags });
  beside = await startKustomizeHarness({ flags, proxyUrl: proxy.url });
});
afterAll(async () => {
  await beside?.[Symbol.asyncDispose]();
  await through?.[Symbol.asyncDispose]();
  await proxy?.[Symbol.asyncDispose]();
});

interface Case {
  /** Where it applies to: its own namespace, or a neighbour's. */
  into?: 'own' | 'neighbour';
  /** Of whose account the token is, or what it is instead. */
  token?: 'own' | 'neighbour' | 'none';
  /** Whether the account may act as itself. */
  mayImpersonate?: 'itself' | 'nobody';
  /** What it applies besides. */
  more?: object;
}

/** Ready, in words without names; and whether the control plane itself wrote the ConfigMap as somebody. */
async function outcome(harness: KustomizeHarness, tried: Case) {
  const { into = 'own', token = 'own', mayImpersonate = 'itself', more } = tried;
  // Whoever has admin or edit in its namespace may act as all accounts there.
  const own = await harness.tenant('own', null);
  const neighbour = await harness.tenant('neighbour');
  const user = `system:serviceaccount:${own}:${account}`;
  const rule = { apiGroups: [''], resources: ['users'], verbs: ['impersonate'] };
  const work = { apiGroups: [''], resources: ['configmaps', 'secrets'], verbs: ['*'] };
  await applyAll(harness.admin, [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'work', namespace: own },
      rules: [work],
    },
    binding(own, account, { kind: 'Role', name: 'work' }),
  ]);
  const identity = serviceAccountIdentity(own, account);
  const working = { verb: 'patch', resource: 'configmaps', namespace: own };
  await untilAllowed(harness.admin, identity, working);
  if (mayImpersonate === 'itself') {
    const rbac = 'rbac.authorization.k8s.io';
    await applyAll(harness.admin, [
      {
        apiVersion: `${rbac}/v1`,
        kind: 'ClusterRole',
        metadata: { name: own },
        rules: [{ ...rule, resourceNames: [user] }],
      },
      {
        apiVersion: `${rbac}/v1`,
        kind: 'ClusterRoleBinding',
        metadata: { name: own },
        roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: own },
        subjects: [{ kind: 'ServiceAccount', name: account, namespace: own }],
      },
    ]);
    const becoming = { verb: 'impersonate', resource: 'users', name: user };
    await untilAllowed(harness.admin, identity, becoming);
  }
  const holder = { namespace: token === 'neighbour' ? neighbour : own, name: account };
  const bearer = token === 'none' ? 'a.b.c' : await tokenOf(harness.admin, holder);
  const ca = Buffer.from(proxy.caPem).toString('base64');
  const cluster = { server: proxy.url, 'certificate-authority-data': ca };
  await applyAll(harness.admin, [
    kubeconfigSecret(own, kubeconfigText({ cluster, user: { token: bearer } })),
  ]);
  const namespace = into === 'own' ? own : neighbour;
  await harness.publish(
    {
      'a.yaml': configMap('shortcut', { value: '1' }, { namespace }),
      ...(more && { 'b.yaml': JSON.stringify(more) }),
    },
    { namespace: own },
  );
  harness.requests();
  await harness.deploy(own, 'apps', { kubeConfig: { secretRef: { name: 'remote' } } });
  const settled = await harness.until(own, 'apps', (object) => {
    const ready = conditionOf(object, 'Ready');
    return ready !== undefined && ready.status !== 'Unknown';
  });
  const { status, reason, message } = conditionOf(settled, 'Ready')!;
  const words = message
    .replaceAll(own, 'OWN')
    .replaceAll(neighbour, 'NEIGHBOUR')
    .replaceAll(/sha256:\w+|sha1:\w+/g, 'DIGEST');
  const isDirect = harness.requests().some(({ resource }) => resource === 'configmaps');
  return { told: { status, reason, words }, isDirect };
}

test.each<[string, Case, 'True' | 'False']>([
  ['its own namespace', {}, 'True'],
  ["a neighbour's namespace", { into: 'neighbour' }, 'False'],
  ['a role of the cluster', { more: clusterRoleOf('hostile') }, 'False'],
  ["a neighbour's token", { token: 'neighbour' }, 'False'],
  ['no token that is one', { token: 'none' }, 'False'],
  ['no right to act as itself', { mayImpersonate: 'nobody' }, 'False'],
])('%s: both ways come to the same', async (_what, tried, status) => {
  const [one, other] = [await outcome(through, tried), await outcome(beside, tried)];
  expect(one.told).toEqual({ ...other.told, status });
  expect(one.isDirect).toBe(false);
  if (status === 'True') expect(other.isDirect).toBe(true);
});

function clusterRoleOf(name: string): object {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name },
    rules: [],
  };
}
