import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyAll } from '../../../../test/support/install.ts';
import {
  account,
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../../test/support/kustomize-harness.ts';
import { encrypted, sopsKey } from '../../../../test/support/sops-fixtures.ts';

let harness: KustomizeHarness;
beforeAll(async () => {
  harness = await startKustomizeHarness();
});
afterAll(() => harness[Symbol.asyncDispose]());

const decryption = { provider: 'sops', secretRef: { name: 'sops-keys' } };
const keys = (stringData: Record<string, string>, labels?: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'sops-keys', ...(labels && { labels }) },
  stringData,
});
const team = { 'team.agekey': sopsKey('team.agekey') };

/** A tenant with an encrypted Secret in its source, and keys. */
async function prepared(stringData: Record<string, string>, file = 'secret.yaml') {
  const namespace = await harness.tenant();
  await put(namespace, keys(stringData));
  await harness.publish({ 'a.yaml': encrypted(file) }, { namespace });
  return namespace;
}
const put = (namespace: string, object: ReturnType<typeof keys>) =>
  applyAll(harness.admin, [{ ...object, metadata: { ...object.metadata, namespace } }]);
const passwordIn = async (namespace: string) => {
  const secret = await harness.read('v1', 'Secret', { namespace, name: 'database' });
  const { password = '' } = (secret?.['data'] ?? {}) as Record<string, string>;
  return Buffer.from(password, 'base64').toString();
};

describe('an encrypted Secret is applied decrypted', () => {
  it.each<[string, Record<string, string>, string]>([
    ['age', team, 'secret.yaml'],
    ['PGP', { 'team.asc': sopsKey('team.asc') }, 'pgp.yaml'],
    ['one key of several', { ...team, 'a.agekey': sopsKey('other.agekey') }, 'other.yaml'],
    ['key groups', { ...team, 'team.asc': sopsKey('team.asc') }, 'shamir.yaml'],
  ])('%s', async (_, stringData, file) => {
    const namespace = await prepared(stringData, file);
    await harness.deploy(namespace, 'apps', { decryption });
    await harness.ready(namespace, 'apps');
    expect(await passwordIn(namespace)).toBe('correct-horse-battery');
  });

  it('and again after the process forgot all, without a write', async () => {
    const namespace = await prepared(team);
    await harness.deploy(namespace, 'apps', { decryption });
    const before = await harness.ready(namespace, 'apps');
    const key = { namespace, name: 'database' };
    const { metadata } = (await harness.read('v1', 'Secret', key))!;
    await harness.crash();
    await harness.restart();
    const after = await harness.request(namespace, 'apps');
    expect(after.status?.history?.[0]?.digest).toBe(before.status?.history?.[0]?.digest);
    expect((await harness.read('v1', 'Secret', key))?.metadata.resourceVersion).toBe(
      metadata.resourceVersion,
    );
  });
});

describe('what does not open says why, and nothing is applied', () => {
  it.each<[string, Record<string, string>, RegExp]>([
    ['the wrong key', { 'a.agekey': sopsKey('other.agekey') }, /none of the keys.*age1/],
    ['no key at all', { unrelated: 'x' }, /none of the keys at hand opens it/],
    ['a malformed key', { 'a.agekey': 'not a key' }, /age key is malformed/],
  ])('%s', async (_, stringData, message) => {
    const namespace = await prepared(stringData);
    const files = { 'a.yaml': encrypted('secret.yaml'), 'b.yaml': configMap('b', {}) };
    await harness.publish(files, { namespace });
    await harness.deploy(namespace, 'apps', { decryption });
    expect((await harness.failed(namespace, 'apps', 'BuildFailed')).message).toMatch(message);
    expect(await harness.read('v1', 'ConfigMap', { namespace, name: 'b' })).toBeUndefined();
  });

  it('a Secret without a decryption block', async () => {
    const namespace = await prepared(team);
    const files = { 'a.yaml': encrypted('secret.yaml'), 'b.yaml': configMap('b', {}) };
    await harness.publish(files, { namespace });
    await harness.deploy(namespace, 'apps');
    const { message } = await harness.failed(namespace, 'apps', 'BuildFailed');
    expect(message).toContain('Secret/database is encrypted with SOPS: set spec.decryption');
    expect(await harness.read('v1', 'ConfigMap', { namespace, name: 'b' })).toBeUndefined();
  });

  it('a Secret of keys that is missing', async () => {
    const namespace = await prepared(team);
    const secretRef = { name: 'elsewhere' };
    await harness.deploy(namespace, 'apps', { decryption: { ...decryption, secretRef } });
    const { message } = await harness.failed(namespace, 'apps', 'BuildFailed');
    expect(message).toContain(
      `Secret/${namespace}/elsewhere of spec.decryption.secretRef not found`,
    );
  });
});

it('the right key, once stored, is noticed at once if Secrets may be watched', async () => {
  await using watching = await startKustomizeHarness({ asAdmin: true });
  const namespace = await watching.tenant();
  const watched = { 'reconcile.fluxcd.io/watch': 'Enabled' };
  await put(namespace, keys({ 'a.agekey': sopsKey('other.agekey') }, watched));
  await watching.publish({ 'a.yaml': encrypted('secret.yaml') }, { namespace });
  await watching.deploy(namespace, 'apps', { decryption, retryInterval: '10m' });
  await watching.failed(namespace, 'apps', 'BuildFailed');
  await put(namespace, keys({ 'a.agekey': sopsKey('team.agekey') }, watched));
  await watching.ready(namespace, 'apps');
  expect(await passwordIn(namespace)).toBe('correct-horse-battery');
});

it('an object that is to stay encrypted does, and the rest of the build does not', async () => {
  const namespace = await prepared(team);
  const value = encrypted('values.yaml');
  const annotations = { 'kustomize.toolkit.fluxcd.io/decrypt': 'disabled' };
  const kept = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'kept', annotations } };
  const data = { 'values.yaml': Buffer.from(value).toString('base64') };
  const files = { 'a.yaml': encrypted('secret.yaml'), 'b.yaml': JSON.stringify({ ...kept, data }) };
  await harness.publish(files, { namespace });
  await harness.deploy(namespace, 'apps', { decryption });
  await harness.ready(namespace, 'apps');
  expect((await harness.read('v1', 'Secret', { namespace, name: 'kept' }))?.['data']).toEqual(data);
  expect(await passwordIn(namespace)).toBe('correct-horse-battery');
});

describe('keys are nobody else’s', () => {
  it('a Secret that the account may not read opens nothing', async () => {
    const namespace = await harness.tenant('weak', null);
    await put(namespace, keys(team));
    await harness.publish({ 'a.yaml': encrypted('secret.yaml') }, { namespace });
    await harness.deploy(namespace, 'apps', { decryption });
    const { message } = await harness.failed(namespace, 'apps', 'BuildFailed');
    expect(message).toContain(`'${namespace}/${account}' may not get secrets`);
  });

  it('what one tenant had decrypted, its neighbour with the same source and no key has not', async () => {
    const owner = await prepared(team);
    await harness.deploy(owner, 'apps', { decryption });
    await harness.ready(owner, 'apps');
    const neighbour = await prepared({ 'a.agekey': sopsKey('other.agekey') });
    await harness.deploy(neighbour, 'apps', { decryption });
    await harness.failed(neighbour, 'apps', 'BuildFailed');
    expect(await passwordIn(neighbour)).toBe('');
    // The same artifact without a decryption block comes from the shared cache, encrypted.
    await harness.deploy(neighbour, 'apps');
    const { message } = await harness.failed(neighbour, 'apps', 'BuildFailed');
    await harness.until(neighbour, 'apps', ({ status }) =>
      JSON.stringify(status).includes('is encrypted with SOPS'),
    );
    expect(message).not.toContain('correct-horse');
  });
});
