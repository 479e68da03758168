import { once } from 'node:events';
import https from 'node:https';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  apply,
  clusterContext,
  freshName,
  freshNamespace,
  kubectlOk,
} from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import {
  freshAccount,
  startProxyHarness,
  type ProxyHarness,
} from '../../../test/support/proxy-harness.ts';
import { grantedGroup } from '../../api/install/granted-group.ts';
import { loadKubeconfig } from '../../kube/kubeconfig.ts';

/** Whatever a client asks to be: through the proxy it is who it would be at the API server. */
let proxy: ProxyHarness;
let direct: { url: string; caPem: string };
let account: Awaited<ReturnType<typeof freshAccount>>;
let other: string;
const role = freshName('impersonator');

beforeAll(async () => {
  const namespace = await freshNamespace('impersonation');
  proxy = await startProxyHarness();
  const { server, ca = '' } = await loadKubeconfig({ paths: [clusterContext().kubeconfig] });
  direct = { url: server, caPem: ca };
  account = await freshAccount(namespace);
  other = `system:serviceaccount:${namespace}:default`;
  const verbs = ['impersonate'];
  const rules = [
    { apiGroups: [''], resources: ['users'], resourceNames: ['alice', 'system:anonymous'], verbs },
    { apiGroups: [''], resources: ['groups'], resourceNames: ['devs', 'ops', grantedGroup], verbs },
    { apiGroups: [''], resources: ['serviceaccounts'], resourceNames: ['default'], verbs },
    {
      apiGroups: ['authentication.k8s.io'],
      resources: ['userextras/scopes'],
      resourceNames: ['view'],
      verbs,
    },
    { apiGroups: ['authentication.k8s.io'], resources: ['uids'], resourceNames: ['1234'], verbs },
  ];
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const metadata = { name: role };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role };
  const subjects = [{ kind: 'ServiceAccount', name: account.name, namespace }];
  await apply([
    { apiVersion, kind: 'ClusterRole', metadata, rules },
    { apiVersion, kind: 'ClusterRoleBinding', metadata, roleRef, subjects },
  ]);
  await eventually('the API server knows', async () => {
    const { status } = await whoAmI(direct, ['Impersonate-User: alice']);
    return status === 201;
  });
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await kubectlOk(['delete', 'clusterrole,clusterrolebinding', role]);
});

/** Asks the server who it takes us for. */
async function whoAmI(
  { url, caPem }: { url: string; caPem: string },
  lines: readonly string[],
  token = account.token,
) {
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const body = JSON.stringify(review);
  const headers = [
    'Host: x',
    `Authorization: Bearer ${token}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    ...lines,
  ].flatMap((line) => line.split(/: ?(.*)/s).slice(0, 2));
  const to = new URL('/apis/authentication.k8s.io/v1/selfsubjectreviews', url);
  const request = https.request(to, { method: 'POST', ca: caPem, agent: false, headers });
  request.end(body);
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  const read = JSON.parse(await text(answer)) as { status?: { userInfo?: object } };
  return { status: answer.statusCode ?? 0, user: read.status?.userInfo };
}

test.each([
  [['Impersonate-User: alice']],
  [['impersonate-user: alice']],
  [['Impersonate-User: bob']],
  [['Impersonate-User: Alice']],
  [['Impersonate-User: alice', 'Impersonate-Group: devs']],
  [['Impersonate-User: alice', 'Impersonate-Group: devs', 'Impersonate-Group: ops']],
  [['Impersonate-User: alice', 'Impersonate-Group: devs', 'Impersonate-Group: devs']],
  [['Impersonate-User: alice', 'Impersonate-Group: devs', 'Impersonate-Group: system:masters']],
  [['Impersonate-User: alice', 'Impersonate-Group: devs,ops']],
  [['Impersonate-User: alice', 'Impersonate-Group: system:authenticated']],
  [['Impersonate-Group: devs']],
  [['Impersonate-Uid: 1234']],
  [['Impersonate-Extra-Scopes: view']],
  [['Impersonate-User: alice', 'Impersonate-Uid: 1234']],
  [['Impersonate-User: alice', 'Impersonate-Uid: 5']],
  [['Impersonate-User: alice', 'Impersonate-Extra-Scopes: view']],
  [['Impersonate-User: alice', 'Impersonate-Extra-SCOPES: view']],
  [['Impersonate-User: alice', 'Impersonate-Extra-%73copes: view']],
  [['Impersonate-User: alice', 'Impersonate-Extra-Scopes: all']],
  [['Impersonate-User: alice', 'Impersonate-Extra-Scopes: view', 'Impersonate-Extra-Scopes: all']],
  [['Impersonate-User: alice', 'Impersonate-Extra-Other: view']],
  [['Impersonate-User: system:anonymous']],
  [['Impersonate-User: system:admin']],
  [['Impersonate-User: system:masters']],
  [['Impersonate-User: system:serviceaccount:kube-system:default', 'Impersonate-Group: devs']],
  [['Impersonate-User: system:serviceaccount:kube-system:generic-garbage-collector']],
  [['Impersonate-User: system:node:a']],
  [['Impersonate-User: alice', 'Connection: Impersonate-User']],
  [['Impersonate-User: alice', 'X-Remote-User: admin', 'X-Remote-Group: system:masters']],
])('%j', async (lines) => {
  const [through, without] = await Promise.all([whoAmI(proxy, lines), whoAmI(direct, lines)]);
  expect(through).toEqual(without);
});

test('an account of which it may be, with the groups of that one and not its own', async () => {
  const lines = [`Impersonate-User: ${other}`];
  const [through, without] = await Promise.all([whoAmI(proxy, lines), whoAmI(direct, lines)]);
  expect(through).toEqual(without);
  expect(through).toMatchObject({ status: 201, user: { username: other } });
});

test('nobody becomes a member of the group that the proxy lends rights by, though it may', async () => {
  const lines = ['Impersonate-User: alice', `Impersonate-Group: ${grantedGroup}`];
  expect((await whoAmI(direct, lines)).status).toBe(201);
  expect(await whoAmI(proxy, lines)).toEqual({ status: 403, user: undefined });
});

test.each([
  [['Impersonate-User: alice', 'Impersonate-User: bob']],
  [['Impersonate-User: bob', 'Impersonate-User: alice']],
  [['Impersonate_User: alice']],
  [['Impersonate-User: alice', 'Impersonate-Users: bob']],
])('%j is refused, whatever the API server makes of it', async (lines) => {
  expect((await whoAmI(proxy, lines)).status).toBe(400);
});

test('a right that was taken away ends soon, and was never another account’s', async () => {
  const name = freshName('impersonator');
  const neighbour = await freshAccount(await freshNamespace('impersonation'));
  const lines = ['Impersonate-User: carol'];
  const what = ['--verb=impersonate', '--resource=users', '--resource-name=carol'];
  await kubectlOk(['create', 'clusterrole', name, ...what]);
  const subject = account.user.replace('system:serviceaccount:', '');
  const to = [`--clusterrole=${name}`, `--serviceaccount=${subject}`];
  await kubectlOk(['create', 'clusterrolebinding', name, ...to]);
  await eventually('it may', async () => (await whoAmI(proxy, lines)).status === 201);
  expect((await whoAmI(proxy, lines, neighbour.token)).status).toBe(403);
  await kubectlOk(['delete', 'clusterrolebinding,clusterrole', name]);
  await eventually('it may no longer', async () => (await whoAmI(proxy, lines)).status === 403);
});
