import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { home, startTenancyPlane, type TenancyPlane } from '../../../test/support/tenancy-plane.ts';
import type { KubeObject } from '../../kube/object.ts';

/** The second ring as it is registered and served, by two replicas of which one leads. */
let cluster: TenancyPlane;
/** Where each replica serves. */
let urls: string[];

beforeAll(async () => {
  cluster = await startTenancyPlane();
  urls = [cluster.webhooks, (await cluster.startReplica()).url];
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

interface WebhookConfiguration extends KubeObject {
  webhooks: {
    name: string;
    clientConfig: { url?: string; caBundle?: string };
    failurePolicy: string;
    namespaceSelector: object;
    matchConditions: { name: string }[];
  }[];
}
const mutating = async (name = 'capsule-mutating-webhook-configuration') =>
  (await cluster.get('mutatingwebhookconfiguration', name)) as WebhookConfiguration;
const configure = (admission: object) =>
  cluster.kubectlOk([
    'patch',
    'capsuleconfiguration',
    cluster.configuration,
    '--type=merge',
    '-p',
    JSON.stringify({ spec: { admission } }),
  ]);

describe('the registration', () => {
  test('is owned by the configuration, sorted, and leaves the cluster itself alone', async () => {
    const { metadata, webhooks } = await mutating();
    expect(metadata.ownerReferences).toMatchObject([
      { kind: 'CapsuleConfiguration', name: cluster.configuration },
    ]);
    const names = webhooks.map(({ name }) => name);
    expect(names).toContain('tenants.mutating.projectcapsule.dev');
    expect(names).toEqual([...names].sort());
    // The API server does by policies what these would.
    expect(names).not.toContain('defaults.mutating.projectcapsule.dev');
    expect(names).not.toContain('hosts.mutating.projectcapsule.dev');
    for (const { clientConfig, namespaceSelector, matchConditions } of webhooks) {
      expect(clientConfig.url).toContain(cluster.webhooks);
      expect(clientConfig.caBundle).toBeTruthy();
      expect(JSON.stringify(namespaceSelector)).toContain('kube-node-lease');
      expect(JSON.stringify(namespaceSelector)).toContain(home);
      expect(matchConditions.map(({ name }) => name)).toContain('not-of-the-cluster-itself');
    }
  });

  test('comes back when it is deleted', async () => {
    await cluster.kubectlOk([
      'delete',
      'mutatingwebhookconfiguration',
      'capsule-mutating-webhook-configuration',
    ]);
    await eventually('it is back', async () => (await mutating()).webhooks.length > 0);
  });

  test('follows the configuration, by path and by name, and moves to another name', async () => {
    const client = { url: cluster.webhooks };
    const webhook = { admissionReviewVersions: ['v1'], sideEffects: 'None' };
    await configure({
      mutating: {
        name: 'renamed-webhooks',
        labels: { team: 'platform' },
        annotations: { 'cert-manager.io/inject-ca-from': 'tenantry-system/webhooks' },
        client,
        webhooks: [
          {
            ...webhook,
            name: 'x',
            path: '/tenants/mutating',
            failurePolicy: 'Fail',
            opts: { capsuleUsers: true, administrators: true },
          },
          { ...webhook, name: 'y', path: '/nothing/of/ours' },
        ],
      },
    });
    const renamed = await eventually('it has moved', () => mutating('renamed-webhooks'));
    expect(renamed.metadata).toMatchObject({
      labels: { team: 'platform' },
      annotations: { 'cert-manager.io/inject-ca-from': 'tenantry-system/webhooks' },
    });
    expect(renamed.webhooks.find(({ name }) => name.startsWith('tenants.'))).toMatchObject({
      failurePolicy: 'Fail',
      matchConditions: expect.arrayContaining([
        expect.objectContaining({ name: 'of-capsule-users' }),
      ]),
    });
    expect(JSON.stringify(renamed)).not.toContain('/nothing/of/ours');
    await eventually('the old one is gone', async () => {
      const { code } = await cluster.kubectl([
        'get',
        'mutatingwebhookconfiguration',
        'capsule-mutating-webhook-configuration',
      ]);
      return code === 1;
    });
    await configure({
      mutating: { name: null, labels: null, annotations: null, client, webhooks: null },
    });
    await eventually('it is back', () => mutating());
  });
});

describe('the certificate', () => {
  test('is one for all replicas, kept in a Secret of the home namespace', async () => {
    const secret = await cluster.get('-n', home, 'secret', 'capsule-tls');
    const data = secret['data'] as Record<string, string>;
    expect(Object.keys(data).sort()).toEqual(['ca.crt', 'ca.key', 'tls.crt', 'tls.key']);
    for (const url of urls) {
      expect(await servedBy(url)).toBe(Buffer.from(data['tls.crt'] ?? '', 'base64').toString());
    }
  });

  test('that is deleted is made anew, served and registered', async () => {
    const before = (await mutating()).webhooks[0]?.clientConfig.caBundle;
    await cluster.kubectlOk(['-n', home, 'delete', 'secret', 'capsule-tls']);
    const bundle = await eventually('another authority is registered', async () => {
      const after = (await mutating()).webhooks[0]?.clientConfig.caBundle;
      return after !== before && after;
    });
    await eventually('both serve what it issued', async () => {
      const served = await Promise.all(urls.map(servedBy));
      const issuer = new X509Certificate(Buffer.from(bundle, 'base64'));
      return served.every((pem) => new X509Certificate(pem).verify(issuer.publicKey));
    });
  });
});

test('Tenants are labelled with their name, whoever does it', async () => {
  const name = freshName('oil');
  await cluster.apply([
    { apiVersion: 'capsule.clastix.io/v1beta2', kind: 'Tenant', metadata: { name }, spec: {} },
  ]);
  const { metadata } = await cluster.get('tenant', name);
  expect(metadata.labels).toMatchObject({ 'kubernetes.io/metadata.name': name });
});

/** The certificate that a server shows, as PEM. */
async function servedBy(url: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const certificate = socket.getPeerX509Certificate();
  socket.destroy();
  return certificate?.toString() ?? '';
}
