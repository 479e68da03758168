import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startAwsKms,
  startAzureKeyVault,
  startGcpKms,
  type CloudServer,
} from '../../../../test/support/cloud-key-servers.ts';
import { applyAll } from '../../../../test/support/install.ts';
import {
  account,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../../test/support/kustomize-harness.ts';
import { databaseSecret, encryptManifest } from '../../../../test/support/sops-encrypt.ts';
import { reviewToken } from '../../../../test/support/token-review.ts';
import type { CloudEndpoints } from './decryption-defaults.ts';

/**
 * Keys of clouds, opened as a ServiceAccount that the cloud trusts: no credential is stored. The
 * clouds are servers on loopback; the tokens are the API server's, and it is asked whose they are.
 * The control plane has the rights it is given without being asked for, and no more.
 */
type Cloud = 'AWS KMS' | 'GCP KMS' | 'Azure Key Vault';
let clouds: Record<Cloud, CloudServer>;
let harness: KustomizeHarness;
/** With `--default-decryption-service-account=decrypter`. */
let withDefault: KustomizeHarness;
const known = new Set<string>();
const review = (token: string, audience: string) => reviewToken(harness.admin, token, audience);
const federation = { review, isKnown: (user: string) => known.has(user) };

beforeAll(async () => {
  clouds = {
    'AWS KMS': await startAwsKms(federation),
    'GCP KMS': await startGcpKms(federation),
    'Azure Key Vault': await startAzureKeyVault(federation),
  };
  const { url: aws } = clouds['AWS KMS'];
  const { url: google } = clouds['GCP KMS'];
  const { url: azure } = clouds['Azure Key Vault'];
  const endpoints: CloudEndpoints = {
    aws: (service) => (service === 'sts' ? `${aws}/sts/` : `${aws}/`),
    gcp: { endpoint: google, stsUrl: `${google}/v1/token`, iamEndpoint: google },
    azure: { loginEndpoint: azure, isVault: (vault) => vault.origin === azure },
  };
  const addresses = { allowLoopback: true, allowLinkLocal: false };
  const decryption = { addresses, endpoints };
  harness = await startKustomizeHarness({ decryption });
  const serviceAccount = 'decrypter';
  withDefault = await startKustomizeHarness({ decryption: { ...decryption, serviceAccount } });
});
afterAll(async () => {
  await Promise.all([harness, withDefault].map((one) => one?.[Symbol.asyncDispose]()));
  await Promise.all(Object.values(clouds ?? {}).map((cloud) => cloud[Symbol.asyncDispose]()));
});

/** A tenant with a ServiceAccount `decrypter`, whose annotations say who it is to the cloud. */
async function prepared(
  cloud: CloudServer,
  {
    annotations = cloud.annotations,
    role = 'admin',
  }: { annotations?: Record<string, string>; role?: string } = {},
  on = harness,
) {
  const namespace = await on.tenant('tenant', role);
  const metadata = { name: 'decrypter', namespace, annotations };
  await applyAll(harness.admin, [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata }]);
  const user = `system:serviceaccount:${namespace}:decrypter`;
  known.add(user);
  await on.publish({ 'a.yaml': await encryptManifest(databaseSecret, cloud.wrap) }, { namespace });
  const deploy = (serviceAccountName: string | undefined = 'decrypter') =>
    on.deploy(namespace, 'apps', { decryption: { provider: 'sops', serviceAccountName } });
  return { namespace, user, deploy };
}

const failure = async (namespace: string) =>
  (await harness.failed(namespace, 'apps', 'BuildFailed')).message;

describe.each<Cloud>(['AWS KMS', 'GCP KMS', 'Azure Key Vault'])('%s', (name) => {
  it('opens for the account that spec.decryption names', async () => {
    const { namespace, deploy } = await prepared(clouds[name]);
    await deploy();
    await harness.ready(namespace, 'apps');
    const found = await harness.read('v1', 'Secret', { namespace, name: 'database' });
    const { password = '' } = (found?.['data'] ?? {}) as Record<string, string>;
    expect(Buffer.from(password, 'base64').toString()).toBe('correct-horse-battery');
  });

  it('does not for an account that the cloud does not know', async () => {
    const { namespace, user, deploy } = await prepared(clouds[name]);
    known.delete(user);
    await deploy();
    expect(await failure(namespace)).toMatch(/(STS|Google|Azure).* answered 400/);
    known.add(user);
    await harness.ready(namespace, 'apps');
  });

  it('says which annotation is missing, and what to do instead', async () => {
    const { namespace, deploy } = await prepared(clouds[name], { annotations: {} });
    const asked = clouds[name].seen.length;
    await deploy();
    const [annotation = ''] = Object.keys(clouds[name].annotations);
    expect(await failure(namespace)).toContain(
      `${name} as ServiceAccount '${namespace}/decrypter' needs its annotation ${annotation}: add it, or store credentials under 'sops.`,
    );
    expect(clouds[name].seen).toHaveLength(asked);
  });

  it('takes no odd value of an annotation, which would lead elsewhere', async () => {
    const annotations = Object.fromEntries(
      Object.keys(clouds[name].annotations).map((key) => [key, '../../other?x=#']),
    );
    const { namespace, deploy } = await prepared(clouds[name], { annotations });
    await deploy();
    expect(await failure(namespace)).toMatch(
      /annotation .* is no role|no usable value|answered 400/,
    );
  });
});

it('without a name it is the one that the administrator set up for that', async () => {
  const { namespace } = await prepared(clouds['GCP KMS'], {}, withDefault);
  await withDefault.deploy(namespace, 'apps', { decryption: { provider: 'sops' } });
  await withDefault.ready(namespace, 'apps');
});

it('without a name it is the account that applies', async () => {
  const { namespace, deploy } = await prepared(clouds['AWS KMS']);
  const { annotations } = clouds['AWS KMS'];
  const metadata = { name: account, namespace, annotations };
  await applyAll(harness.admin, [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata }]);
  known.add(`system:serviceaccount:${namespace}:${account}`);
  await deploy('');
  await harness.ready(namespace, 'apps');
});

it('who may not ask for the account’s token does not act as it, and no right of ours is used', async () => {
  const { namespace, deploy } = await prepared(clouds['AWS KMS'], { role: 'view' });
  await deploy();
  expect(await failure(namespace)).toContain(
    `: system:serviceaccount:${namespace}:${account} may not create serviceaccounts/token of ServiceAccount ` +
      `'${namespace}/decrypter': grant it with a Role in '${namespace}'`,
  );
});

it('who may not read it is told so', async () => {
  const { namespace } = await prepared(clouds['GCP KMS']);
  const decryption = { provider: 'sops', serviceAccountName: 'decrypter' };
  await harness.deploy(namespace, 'apps', { decryption, serviceAccountName: 'default' });
  expect(await failure(namespace)).toContain(
    `system:serviceaccount:${namespace}:default may not get ServiceAccount '${namespace}/decrypter'`,
  );
});

it('an account that is not there is named', async () => {
  const { namespace, deploy } = await prepared(clouds['Azure Key Vault']);
  await deploy('nobody');
  expect(await failure(namespace)).toContain(
    `ServiceAccount '${namespace}/nobody' not found: create it, or correct spec.decryption.serviceAccountName`,
  );
});

it('no token is told or kept: neither the account’s nor the cloud’s', async () => {
  const { namespace, user, deploy } = await prepared(clouds['Azure Key Vault']);
  known.delete(user);
  await deploy();
  await failure(namespace);
  const { body } = clouds['Azure Key Vault'].seen.at(-1)!;
  const token = new URLSearchParams(body).get('client_assertion') ?? '';
  expect(token.split('.')).toHaveLength(3);
  const { status } = await harness.get(namespace, 'apps');
  expect(JSON.stringify([status, harness.events])).not.toContain(token);
});
