import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { home, startTenancyPlane, type TenancyPlane } from '../../../test/support/tenancy-plane.ts';
import { namespaceType } from '../../kube/core-resources.ts';
import { userIdentity } from '../../kube/identity.ts';
import type { KubeObject } from '../../kube/object.ts';
import { dueCertificate } from '../../runtime/webhook/due-certificate.ts';

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
  // The API server hears of the authority that was registered a moment later.
  await eventually('a new one is labelled', async () => {
    const name = freshName('oil');
    await cluster.apply([
      { apiVersion: 'capsule.clastix.io/v1beta2', kind: 'Tenant', metadata: { name }, spec: {} },
    ]);
    const { metadata } = await cluster.get('tenant', name);
    expect(metadata.labels).toMatchObject({ 'kubernetes.io/metadata.name': name });
    return true;
  });
});

describe('a certificate from files', () => {
  let folder: string;
  const issued = () => {
    const made = dueCertificate({}, { names: ['127.0.0.1'], nowMs: Date.now() });
    if (!made) throw new Error('nothing was issued');
    return made;
  };
  type Issued = ReturnType<typeof issued>;
  /** As the kubelet does: whoever looks meanwhile finds what does not belong together. */
  const put = async (files: Record<string, string>) => {
    for (const [name, pem] of Object.entries(files)) await writeFile(path.join(folder, name), pem);
  };
  const filesOf = ({ certPem, keyPem }: Issued) => ({ 'tls.crt': certPem, 'tls.key': keyPem });
  const registered = async () =>
    await Promise.all(
      ['validating', 'mutating'].map(async (type) => {
        const named = [`${type}webhookconfiguration`, `capsule-${type}-webhook-configuration`];
        return (await cluster.get(...named)) as WebhookConfiguration;
      }),
    );
  const bundles = async () => {
    const webhooks = (await registered()).flatMap((each) => each.webhooks);
    return [...new Set(webhooks.map(({ clientConfig }) => clientConfig.caBundle))];
  };
  const bundleOf = ({ caPem }: Issued) => Buffer.from(caPem).toString('base64');
  /** As another program does that knows the authority. */
  const inject = (made: Issued) =>
    eventually('the authority is injected', async () => {
      for (const configuration of await registered()) {
        for (const { clientConfig } of configuration.webhooks)
          clientConfig.caBundle = bundleOf(made);
        const input = JSON.stringify(configuration);
        await cluster.kubectlOk(['replace', '-f', '-'], { input });
      }
      return true;
    });
  /** What is said of a Tenant that only a webhook refuses. */
  const refusal = async () => {
    const spec = { namespaceOptions: { forbiddenLabels: { deniedRegex: '[' } } };
    const { stderr } = await cluster.kubectl(['create', '--dry-run=server', '-f', '-'], {
      input: JSON.stringify({
        apiVersion: 'capsule.clastix.io/v1beta2',
        kind: 'Tenant',
        metadata: { name: freshName('oil') },
        spec,
      }),
    });
    return stderr;
  };
  const isAsked = () =>
    eventually('the API server asks', async () => (await refusal()).includes('unable to compile'));

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tenantry-webhooks-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('is served, and the authority that another injects is left alone', async () => {
    const first = issued();
    await put(filesOf(first));
    await cluster.stopComponent();
    await cluster.startComponent(folder);
    await eventually('no authority is registered', async () => (await bundles()).join() === '');
    await eventually('the API server trusts nobody', async () =>
      (await refusal()).includes('failed calling webhook'),
    );
    await inject(first);
    await isAsked();
    const client = { url: cluster.webhooks };
    const labels = { written: 'again' };
    await configure({ validating: { client, labels }, mutating: { client, labels } });
    await eventually('both are registered anew', async () =>
      (await registered()).every(({ metadata }) => metadata.labels?.['written'] === 'again'),
    );
    expect(await bundles()).toEqual([bundleOf(first)]);
  });

  test('is taken up when it is renewed, and its authority registered where that is given', async () => {
    const second = issued();
    await put(filesOf(second));
    await eventually(
      'the renewed one is served',
      async () => (await servedBy(cluster.webhooks)) === second.certPem,
    );
    await inject(second);
    await isAsked();
    const third = issued();
    await put({ ...filesOf(third), 'ca.crt': third.caPem });
    await eventually('its authority is registered', async () => {
      return (await bundles()).join() === bundleOf(third);
    });
    await isAsked();
  });
});

test('an API server that starts again while every process is stopped serves as before', async () => {
  await cluster.stopComponent();
  await cluster.plane.restartApiServer();
  const name = freshName('restarted');
  const containers = [{ name: 'web', image: 'registry.example/web' }];
  await eventually('the cluster itself goes on', async () => {
    await cluster.apply([
      { apiVersion: 'v1', kind: 'Node', metadata: { name } },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
      {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name, namespace: 'kube-node-lease' },
        spec: { holderIdentity: name },
      },
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: 'kube-system' },
        spec: { containers, automountServiceAccountToken: false },
      },
    ]);
    return true;
  });
  const user = cluster.admin.as(userIdentity('mallory', [cluster.group]));
  const squat = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: freshName('squat') } };
  await expect(user.create(namespaceType, squat)).rejects.toThrow('of your tenants only');
  const body = { metadata: { labels: { own: 'x' } } };
  for (const each of [name, 'kube-system']) {
    const taking = user.patch(namespaceType, { name: each }, { type: 'merge', body });
    await expect(taking).rejects.toThrow('belongs to no tenant of yours');
  }
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
