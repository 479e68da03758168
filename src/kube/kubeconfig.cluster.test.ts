import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBreakableLink } from '../../test/support/breakable-link.ts';
import { clusterContext } from '../../test/support/cluster.ts';
import { systemClock } from '../base/clock.ts';
import { parseYaml, stringifyYaml } from '../base/yaml.ts';
import { createAuthority } from '../base/certificate.ts';
import type { KubeClient } from './client.ts';
import type { ClusterConfig } from './cluster-config.ts';
import { createClient } from './connect.ts';
import { loadKubeconfig } from './kubeconfig.ts';
import { sanitizeKubeconfig } from './kubeconfig-policy.ts';

interface Document {
  clusters: { cluster: Record<string, unknown> }[];
  users: { user: Record<string, unknown> }[];
}

const folder = mkdtempSync(path.join(tmpdir(), 'tenantry-reach-'));
let admin: ClusterConfig;
let token: string;
let certificate: { cert: string; key: string };

/** The run's kubeconfig, changed. */
function changed(cluster: Record<string, unknown>, user?: Record<string, unknown>): string {
  const document = parseYaml(readFileSync(clusterContext().kubeconfig, 'utf8')) as Document;
  Object.assign(document.clusters[0]!.cluster, cluster);
  if (user) document.users[0]!.user = user;
  const file = path.join(folder, crypto.randomUUID());
  writeFileSync(file, stringifyYaml(document));
  return file;
}

async function whoIs(client: KubeClient): Promise<string> {
  const review = await client.raw<{ status: { userInfo: { username: string } } }>({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  });
  return review.status.userInfo.username;
}

async function whoAmI(file: string): Promise<string> {
  await using client = createClient({ cluster: await loadKubeconfig({ paths: [file] }) });
  return await whoIs(client);
}

beforeAll(async () => {
  admin = await loadKubeconfig({ paths: [clusterContext().kubeconfig] });
  const own = await admin.credentials.current();
  certificate = own.certificate!;
  await using client = createClient({ cluster: admin });
  const answer = await client.raw<{ status: { token: string } }>({
    method: 'POST',
    path: '/api/v1/namespaces/default/serviceaccounts/default/token',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
  });
  token = answer.status.token;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const account = 'system:serviceaccount:default:default';

describe('the API server takes us for whom the kubeconfig says, by', () => {
  test('token', async () => {
    expect(await whoAmI(changed({}, { token }))).toBe(account);
  });

  test('token file, also when it is exchanged for a good one after a 401', async () => {
    const tokenFile = path.join(folder, 'token');
    writeFileSync(tokenFile, 'expired.or.revoked');
    const cluster = await loadKubeconfig({ paths: [changed({}, { tokenFile })] });
    await using client = createClient({ cluster });
    await expect(whoIs(client)).rejects.toMatchObject({ code: 401 });
    writeFileSync(tokenFile, token);
    expect(await whoIs(client)).toBe(account);
  });

  test('exec plugin, giving a token or a certificate', async () => {
    const apiVersion = 'client.authentication.k8s.io/v1';
    const exec = (status: object) => {
      const answer = JSON.stringify({ apiVersion, kind: 'ExecCredential', status });
      const args = ['-e', `console.log(${JSON.stringify(answer)})`];
      return { exec: { apiVersion, command: process.execPath, args, interactiveMode: 'Never' } };
    };
    expect(await whoAmI(changed({}, exec({ token })))).toBe(account);
    const { cert, key } = certificate;
    const byCertificate = exec({ clientCertificateData: cert, clientKeyData: key });
    expect(await whoAmI(changed({}, byCertificate))).toBe(await whoAmI(changed({})));
  });

  test('nothing at all', async () => {
    expect(await whoAmI(changed({}, {})).catch((error: unknown) => error)).toMatchObject({
      code: 403,
      message: expect.stringContaining('system:anonymous') as string,
    });
  });
});

describe('TLS', () => {
  const foreign = createAuthority('somebody-else');
  const foreignCa = Buffer.from(foreign.certPem).toString('base64');

  test('a server of another authority gets not even the token', async () => {
    const file = changed({ 'certificate-authority-data': foreignCa }, { token });
    await expect(whoAmI(file)).rejects.toThrow(/no answer from the API server/);
  });

  test('a server that is not who it should be is refused, and another name can be expected', async () => {
    await expect(whoAmI(changed({ 'tls-server-name': 'not.this.one' }))).rejects.toThrow(
      /no answer/,
    );
    expect(await whoAmI(changed({ 'tls-server-name': 'localhost' }, { token }))).toBe(account);
  });

  test('verification is off only when the kubeconfig says so', async () => {
    const insecure = { 'certificate-authority-data': foreignCa, 'insecure-skip-tls-verify': true };
    expect(await whoAmI(changed(insecure, { token }))).toBe(account);
  });
});

test('a tenant’s kubeconfig by name reaches no API server on this machine', async () => {
  await using link = await openBreakableLink(admin.server);
  const server = link.url.replace('127.0.0.1', 'tenant.localhost');
  const text = readFileSync(changed({ server }, { token }), 'utf8');
  await expect(sanitizeKubeconfig(text, { clock: systemClock })).rejects.toMatchObject({
    risks: ['local-server'],
  });
  expect(link.accepted).toBe(0);
});
