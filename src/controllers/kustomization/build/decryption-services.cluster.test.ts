import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyAll } from '../../../../test/support/install.ts';
import { home } from '../../../../test/support/estate-objects.ts';
import { freshName } from '../../../../test/support/cluster.ts';
import {
  account,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../../test/support/kustomize-harness.ts';
import {
  databaseSecret,
  encryptManifest,
  type WrapDataKey,
} from '../../../../test/support/sops-encrypt.ts';
import { encrypted, sopsKey } from '../../../../test/support/sops-fixtures.ts';
import { reviewToken } from '../../../../test/support/token-review.ts';
import { startVault, type VaultServer } from '../../../../test/support/vault-server.ts';
import { stringifyYaml } from '../../../base/yaml.ts';

/** May read ConfigMaps and make tokens, as an administrator grants who sets up logins at Vaults. */
let harness: KustomizeHarness;
/** May do what is granted without being asked for, and no more. */
let plain: KustomizeHarness;
let vault: VaultServer;
const beside = (name: string) => ({ namespace: home, name });
const vaultConfigMap = beside(freshName('vaults'));
const ageSecret = beside(freshName('age'));
const addresses = { allowLoopback: true, allowLinkLocal: false };

beforeAll(async () => {
  vault = await startVault(review);
  const decryption = { addresses, vaultConfigMap, ageSecret, vaultToken: vault.token };
  harness = await startKustomizeHarness({ asAdmin: true, decryption });
  plain = await startKustomizeHarness({ decryption: { addresses, vaultConfigMap } });
  const config = { instances: [{ address: vault.address, loginPath: 'auth/kubernetes/login' }] };
  await applyAll(harness.admin, [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: vaultConfigMap,
      data: { 'config.yaml': stringifyYaml(config) },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: ageSecret,
      stringData: { 'platform.agekey': sopsKey('team.agekey') },
    },
  ]);
});
afterAll(async () => {
  await Promise.all([harness, plain, vault].map((each) => each?.[Symbol.asyncDispose]()));
});

const review = (token: string, audience: string) => reviewToken(harness.admin, token, audience);

async function prepared(
  {
    stringData = {},
    wrap = vault.wrap(),
  }: { stringData?: Record<string, string>; wrap?: WrapDataKey },
  on = harness,
) {
  const namespace = await on.tenant();
  const metadata = { name: 'sops-keys', namespace };
  await applyAll(on.admin, [{ apiVersion: 'v1', kind: 'Secret', metadata, stringData }]);
  await on.publish({ 'a.yaml': await encryptManifest(databaseSecret, wrap) }, { namespace });
  return namespace;
}
const own = { provider: 'sops', secretRef: { name: 'sops-keys' } };
const none = { provider: 'sops' };
const passwordIn = async (namespace: string) => {
  const found = await harness.read('v1', 'Secret', { namespace, name: 'database' });
  const { password = '' } = (found?.['data'] ?? {}) as Record<string, string>;
  return Buffer.from(password, 'base64').toString();
};

describe('Vault', () => {
  it('by a token in the Secret', async () => {
    const namespace = await prepared({ stringData: { 'sops.vault-token': `${vault.token}\n` } });
    await harness.deploy(namespace, 'apps', { decryption: own });
    await harness.ready(namespace, 'apps');
    expect(await passwordIn(namespace)).toBe('correct-horse-battery');
  });

  it('as the ServiceAccount that applies, without any Secret', async () => {
    const namespace = await prepared({});
    await harness.deploy(namespace, 'apps', { decryption: none });
    await harness.ready(namespace, 'apps');
    expect(await passwordIn(namespace)).toBe('correct-horse-battery');
    const logins = vault.seen.filter(({ url }) => url.endsWith('/login'));
    expect(logins.some(({ body }) => body.includes(`"${namespace}_${account}"`))).toBe(true);
  });

  it('as another account, which has to be there', async () => {
    const namespace = await prepared({});
    const decryption = { provider: 'sops', serviceAccountName: 'decrypter' };
    await harness.deploy(namespace, 'apps', { decryption });
    const { message } = await harness.failed(namespace, 'apps', 'BuildFailed');
    expect(message).toContain(`ServiceAccount '${namespace}/decrypter' not found`);
    const metadata = { name: 'decrypter', namespace };
    await applyAll(harness.admin, [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata }]);
    await harness.ready(namespace, 'apps');
  });

  it('a token of an account goes to no Vault that the administrator does not list', async () => {
    await using foreign = await startVault(review);
    const namespace = await prepared({ wrap: foreign.wrap() });
    await harness.deploy(namespace, 'apps', { decryption: none });
    const { message } = await harness.failed(namespace, 'apps', 'BuildFailed');
    expect(message).toContain(`no login at Vault ${foreign.address} is set up`);
    expect(foreign.seen).toEqual([]);
  });

  it('a wrong token says what Vault answered, and no token', async () => {
    const namespace = await prepared({ stringData: { 'sops.vault-token': 'hvs.wrong-token' } });
    await harness.deploy(namespace, 'apps', { decryption: own });
    const { message } = await harness.failed(namespace, 'apps', 'BuildFailed');
    expect(message).toContain(`Vault ${vault.address} answered 403`);
    expect(message).not.toContain('hvs.');
  });

  it('without the rights it takes, and without a token, nothing is sent', async () => {
    await using unasked = await startVault();
    const namespace = await prepared({ wrap: unasked.wrap() }, plain);
    await plain.deploy(namespace, 'apps', { decryption: none });
    const { message } = await plain.failed(namespace, 'apps', 'BuildFailed');
    expect(message).toMatch(/logins at Vaults are not set up \(403\): ask the administrator/);
    expect(unasked.seen).toEqual([]);
  });
});

it.each<[string, Record<string, unknown>, RegExp]>([
  [
    'kms',
    { arn: 'arn:aws:kms:eu-west-1:123456789012:key/k' },
    /AWS KMS as .*needs its annotation eks.amazonaws.com\/role-arn: .*'sops.aws-kms'/,
  ],
  [
    'gcp_kms',
    { resource_id: 'projects/p/locations/l/keyRings/r/cryptoKeys/k' },
    /GCP KMS as .*needs its annotation gcp.auth.fluxcd.io/,
  ],
  [
    'azure_kv',
    { vault_url: 'https://x.vault.azure.net', name: 'k', version: 'v' },
    /Azure Key Vault as .*needs its annotation azure.workload/,
  ],
  ['hckms', { key_id: 'x' }, /Huawei Cloud KMS is not supported/],
])('a key of %s without credentials says so', async (service, fields, message) => {
  const namespace = await prepared({
    wrap: () => ({ service, fields: { ...fields, enc: 'AA==' } }),
  });
  await harness.deploy(namespace, 'apps', { decryption: own });
  expect((await harness.failed(namespace, 'apps', 'BuildFailed')).message).toMatch(message);
});

describe("the platform's age key", () => {
  const source = { 'a.yaml': encrypted('secret.yaml') };

  it('opens for those who name no Secret, once an administrator says so', async () => {
    const namespace = await harness.tenant();
    await harness.publish(source, { namespace });
    await harness.deploy(namespace, 'apps', { decryption: none });
    await harness.ready(namespace, 'apps');
    expect(await passwordIn(namespace)).toBe('correct-horse-battery');
  });

  it('is not used beside a Secret of the tenant', async () => {
    const namespace = await prepared({ stringData: { unrelated: 'x' } });
    await harness.publish(source, { namespace });
    await harness.deploy(namespace, 'apps', { decryption: own });
    await harness.failed(namespace, 'apps', 'BuildFailed');
    expect(await passwordIn(namespace)).toBe('');
  });

  it('opens nothing where nobody said so', async () => {
    const namespace = await plain.tenant();
    await plain.publish(source, { namespace });
    await plain.deploy(namespace, 'apps', { decryption: none });
    const { message } = await plain.failed(namespace, 'apps', 'BuildFailed');
    expect(message).toMatch(/none of the keys at hand opens it/);
  });
});

it('a decrypted value is not repeated when the API server quotes what it refuses', async () => {
  const namespace = await prepared({ stringData: { 'sops.vault-token': vault.token } });
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { type: 'canary-of-a-type', ports: [{ port: 80 }] },
  };
  await harness.publish({ 'a.yaml': await encryptManifest(service, vault.wrap()) }, { namespace });
  await harness.deploy(namespace, 'apps', { decryption: own });
  const { message } = await harness.failed(namespace, 'apps', 'ReconciliationFailed');
  expect(message).toContain('***');
  const { status } = await harness.get(namespace, 'apps');
  const about = harness.events.filter((event) => event.about.startsWith(namespace));
  expect(JSON.stringify([status, about])).not.toContain('canary-of-a-type');
});
