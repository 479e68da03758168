import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { auditEvents } from '../../../test/support/audit-log.ts';
import {
  apply,
  clusterContext,
  freshName,
  freshNamespace,
  kubectl,
  kubectlOk,
} from '../../../test/support/cluster.ts';

interface TokenReviewResult {
  status: { authenticated?: boolean; audiences?: string[]; user?: { username?: string } };
}

async function reviewToken(token: string, audiences: string[]): Promise<TokenReviewResult> {
  const review = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token, audiences },
  };
  const input = JSON.stringify(review);
  return JSON.parse(
    await kubectlOk(['create', '-f', '-', '-o', 'json'], { input }),
  ) as TokenReviewResult;
}

/** A GET by someone with a token, or with nothing at all. */
async function getAs(token: string | undefined, path: string) {
  const view = ['config', 'view', '--raw', '--minify', '-o', 'json'];
  const { clusters } = JSON.parse(await kubectlOk(view)) as {
    clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
  };
  const { server, 'certificate-authority-data': ca } = clusters[0]!.cluster;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const question = get(new URL(path, server), { ca: Buffer.from(ca, 'base64'), headers });
  const [answer] = (await once(question, 'response')) as [IncomingMessage];
  return { status: answer.statusCode, body: await text(answer) };
}

describe('the shared plane', () => {
  test('says which Kubernetes it is', async () => {
    const version = JSON.parse(await kubectlOk(['version', '-o', 'json'])) as {
      clientVersion: { gitVersion: string };
      serverVersion: { gitVersion: string };
    };
    expect(version.serverVersion.gitVersion).toMatch(/^v1\.\d+\.\d+/);
    expect(version.clientVersion.gitVersion).toMatch(/^v1\.\d+\.\d+/);
  });

  test('serves the admission policies tenancy is built on', async () => {
    const kinds = await kubectlOk([
      'api-resources',
      '--api-group=admissionregistration.k8s.io',
      '--no-headers',
    ]);
    expect(kinds).toMatch(/admissionregistration\.k8s\.io\/v1\s.*ValidatingAdmissionPolicy\b/);
    expect(kinds).toMatch(/admissionregistration\.k8s\.io\/v1\s.*MutatingAdmissionPolicy\b/);
  });

  test('refuses a stranger and a user without rights, and lets one do what a role says', async () => {
    const namespace = await freshNamespace('rbac');
    const user = freshName('user');
    const list = ['get', 'configmaps', '-n', namespace];

    const stranger = await getAs(undefined, `/api/v1/namespaces/${namespace}/configmaps`);
    expect(stranger.status).toBe(403);
    expect(stranger.body).toContain('User \\"system:anonymous\\" cannot list');
    const refused = await kubectl(list, { as: user });
    expect(refused.stderr).toContain(`User "${user}" cannot list resource "configmaps"`);

    await kubectlOk([
      'create',
      'role',
      'reader',
      '--verb=list',
      '--resource=configmaps',
      '-n',
      namespace,
    ]);
    await kubectlOk([
      'create',
      'rolebinding',
      'reader',
      '--role=reader',
      `--user=${user}`,
      '-n',
      namespace,
    ]);
    await expect.poll(async () => (await kubectl(list, { as: user })).code).toBe(0);
    expect((await kubectl(['get', 'configmaps', '-A'], { as: user })).code).toBe(1);
    expect((await kubectl(['create', 'configmap', 'x', '-n', namespace], { as: user })).code).toBe(
      1,
    );
  });

  test('issues tokens for an audience of our own and reviews them for it alone', async () => {
    const namespace = await freshNamespace('token');
    await kubectlOk(['create', 'serviceaccount', 'app', '-n', namespace]);
    const audience = 'artifacts.tenantry.dev';
    const args = ['create', 'token', 'app', '-n', namespace, `--audience=${audience}`];
    const token = (await kubectlOk(args)).trim();

    const mine = await reviewToken(token, [audience]);
    expect(mine.status).toMatchObject({
      authenticated: true,
      audiences: [audience],
      user: { username: `system:serviceaccount:${namespace}:app` },
    });
    const other = await reviewToken(token, ['https://somewhere.else']);
    expect(other.status.authenticated ?? false).toBe(false);
    const forged = await reviewToken(`${token.slice(0, -4)}AAAA`, [audience]);
    expect(forged.status.authenticated ?? false).toBe(false);
  });

  test('does not accept a token for our audience as a login', async () => {
    const namespace = await freshNamespace('login');
    await kubectlOk(['create', 'serviceaccount', 'app', '-n', namespace]);
    const create = ['create', 'token', 'app', '-n', namespace];
    const foreign = (await kubectlOk([...create, '--audience=artifacts.tenantry.dev'])).trim();
    const own = (await kubectlOk(create)).trim();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const known = await getAs(own, path);
    expect(known.status).toBe(403);
    expect(known.body).toContain(`system:serviceaccount:${namespace}:app`);
    expect((await getAs(foreign, path)).status).toBe(401);
  });

  test('runs the controllers: a deleted namespace is emptied, dependants are collected', async () => {
    const namespace = await freshNamespace('gone');
    const configMap = (name: string, metadata: object = {}) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace, ...metadata },
    });
    await apply([configMap('owner')]);
    const get = ['get', 'configmap', 'owner', '-n', namespace, '-o', 'jsonpath={.metadata.uid}'];
    const uid = await kubectlOk(get);
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid }];
    await apply([configMap('dependant', { ownerReferences })]);
    await kubectlOk(['delete', 'configmap', 'owner', '-n', namespace]);
    await kubectlOk([
      'wait',
      '--for=delete',
      'configmap/dependant',
      '-n',
      namespace,
      '--timeout=240s',
    ]);
    await kubectlOk(['delete', 'namespace', namespace, '--timeout=240s']);
    expect((await kubectl(['get', 'namespace', namespace])).stderr).toContain('NotFound');
  });

  test('records as whom each request was made', async ({ skip }) => {
    skip(clusterContext().auditLogPath === undefined, 'the cluster was given');
    const namespace = await freshNamespace('audit');
    const account = `system:serviceaccount:${namespace}:applier`;
    await kubectl(['create', 'configmap', 'x', '-n', namespace], { as: account });
    const denied = async () =>
      (await auditEvents(namespace)).find(({ impersonatedUser }) => impersonatedUser !== undefined);
    await expect.poll(denied).toMatchObject({
      verb: 'create',
      user: { username: 'tenantry-admin' },
      impersonatedUser: { username: account },
      objectRef: { resource: 'configmaps', namespace },
      responseStatus: { code: 403 },
    });
  });
});
