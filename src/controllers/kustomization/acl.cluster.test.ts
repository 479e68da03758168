import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../test/support/kustomize-harness.ts';

const files = { 'a.yaml': configMap('a', { k: 'v' }) };
const grant = (...namespaces: string[]) => ({
  namespaceSelectors: namespaces.map((name) => ({
    matchLabels: { 'kubernetes.io/metadata.name': name },
  })),
});
const refTo = (namespace: string, name = 'fleet') => ({
  sourceRef: { kind: 'GitRepository', name, namespace },
});

describe('with locked tenants', () => {
  let harness: KustomizeHarness;
  beforeAll(async () => {
    harness = await startKustomizeHarness();
  });
  afterAll(() => harness[Symbol.asyncDispose]());

  it('a granted namespace uses the source, and no other does', async () => {
    const [home, friend, stranger] = await Promise.all([
      harness.tenant('home'),
      harness.tenant('friend'),
      harness.tenant('stranger'),
    ]);
    await harness.publish(files, { namespace: home, accessFrom: grant(friend) });
    await harness.deploy(friend, 'apps', refTo(home));
    await harness.deploy(stranger, 'apps', refTo(home));
    await harness.ready(friend, 'apps');
    const { message } = await harness.failed(stranger, 'apps', 'AccessDenied');
    expect(message).toContain(`namespace '${stranger}' has no access to the source`);
    expect(
      await harness.read('v1', 'ConfigMap', { namespace: stranger, name: 'a' }),
    ).toBeUndefined();
  });

  it('a denial is the same whether the source exists, is unshared, or does not exist', async () => {
    const home = await harness.tenant('home');
    const stranger = await harness.tenant('stranger');
    await harness.publish(files, { namespace: home });
    await harness.publish(files, { namespace: home, name: 'shared', accessFrom: grant('other') });
    const messages = new Set<string>();
    for (const source of ['fleet', 'shared', 'absent']) {
      await harness.deploy(stranger, source, refTo(home, source));
      const condition = await harness.failed(stranger, source, 'AccessDenied');
      messages.add(condition.message);
    }
    expect(messages.size).toBe(1);
    expect([...messages].join()).not.toContain(home);
  });

  it('a changed grant flips both, without a commit and long before the interval', async () => {
    const [home, one, two] = await Promise.all([
      harness.tenant('home'),
      harness.tenant('one'),
      harness.tenant('two'),
    ]);
    await harness.publish(files, { namespace: home, accessFrom: grant(one) });
    await harness.deploy(one, 'apps', refTo(home));
    await harness.deploy(two, 'apps', refTo(home));
    await harness.ready(one, 'apps');
    await harness.failed(two, 'apps', 'AccessDenied');
    await harness.publish(files, { namespace: home, accessFrom: grant(two) });
    const flipped = harness.until(
      two,
      'apps',
      ({ status }) => status?.conditions?.[0]?.status === 'True',
    );
    const lost = harness.until(
      one,
      'apps',
      ({ status }) => status?.conditions?.[0]?.reason === 'AccessDenied',
    );
    await Promise.all([flipped, lost]);
    // Denied is not deleted: what was applied stays until somebody decides otherwise.
    expect(await harness.read('v1', 'ConfigMap', { namespace: one, name: 'a' })).toBeDefined();
  });

  it('a dependency in another namespace is not even looked at', async () => {
    const [home, stranger] = await Promise.all([
      harness.tenant('home'),
      harness.tenant('stranger'),
    ]);
    await harness.publish(files, { namespace: home });
    await harness.publish(files, { namespace: stranger });
    await harness.deploy(home, 'db');
    await harness.ready(home, 'db');
    const messages: string[] = [];
    for (const name of ['db', 'absent']) {
      await harness.deploy(stranger, name, { dependsOn: [{ name, namespace: home }] });
      const { message } = await harness.failed(stranger, name, 'AccessDenied');
      messages.push(message.replaceAll(`/${name}'`, "/X'"));
    }
    expect(messages[0]).toBe(messages[1]);
  });
});

describe('with --no-cross-namespace-refs', () => {
  it('even a granted reference is refused', async () => {
    await using harness = await startKustomizeHarness({ flags: { noCrossNamespaceRefs: true } });
    const [home, friend] = await Promise.all([harness.tenant('home'), harness.tenant('friend')]);
    await harness.publish(files, { namespace: home, accessFrom: grant(friend) });
    await harness.deploy(friend, 'apps', refTo(home));
    const { message } = await harness.failed(friend, 'apps', 'AccessDenied');
    expect(message).toContain('--no-cross-namespace-refs');
  });
});

describe('with --security-profile=single-tenant', () => {
  it('namespaces share sources, and objects without an account act as the control plane', async () => {
    const flags = { securityProfile: 'single-tenant' };
    await using harness = await startKustomizeHarness({ flags, asAdmin: true });
    const [home, other] = await Promise.all([harness.tenant('home'), harness.tenant('other')]);
    await harness.publish(files, { namespace: home });
    await harness.deploy(other, 'apps', {
      ...refTo(home),
      serviceAccountName: undefined,
      dependsOn: [{ name: 'db', namespace: home }],
    });
    await harness.failed(other, 'apps', 'DependencyNotReady');
    await harness.deploy(home, 'db', { targetNamespace: home });
    await harness.ready(other, 'apps');
    const writes = harness.requests().filter(({ resource }) => resource === 'configmaps');
    expect(writes.some(({ identity }) => identity === undefined)).toBe(true);
  });
});
