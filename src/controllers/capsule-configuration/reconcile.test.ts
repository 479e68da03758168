import { expect, test } from 'vitest';
import { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import { reconcile, type ConfigurationDeps } from './reconcile.ts';

const configuration = CapsuleConfiguration.decode({
  apiVersion: 'capsule.clastix.io/v1beta2',
  kind: 'CapsuleConfiguration',
  metadata: { name: 'default' },
  spec: {},
});
const run = { record: () => {}, signal: new AbortController().signal } as unknown as Parameters<
  typeof reconcile
>[2];

/** Dependencies that write down what is asked of them; objects of these names fail. */
function recording(failing: readonly string[]) {
  const asked: string[] = [];
  const note = (what: string) => {
    asked.push(what);
    return Promise.resolve();
  };
  const deps: ConfigurationDeps = {
    name: 'default',
    home: 'tenantry-system',
    named: () => [],
    tenants: () => [],
    promoted: () => [],
    protectedLabels: () => [],
    accountHomes: () => new Map(),
    ensure: (objects) =>
      Promise.resolve(
        objects
          .filter(({ metadata }) => failing.includes(metadata.name))
          .map((object) => ({ object, error: new Error('too large') })),
      ),
    collect: () => note('collect'),
    register: () => note('register'),
  };
  return { deps, asked };
}

test('old policies go once all are in force, then webhooks are registered', async () => {
  const { deps, asked } = recording([]);
  expect(await reconcile(configuration, deps, run)).toMatchObject({ outcome: 'done' });
  expect(asked).toEqual(['collect', 'register']);
});

test('a policy that the API server refuses is named; nothing goes, and webhooks are registered', async () => {
  const { deps, asked } = recording(['namespaces.tenantry.dev']);
  await expect(reconcile(configuration, deps, run)).rejects.toMatchObject({
    class: 'retryable',
    message:
      'not in force as they should be: ValidatingAdmissionPolicy namespaces.tenantry.dev, ' +
      'ValidatingAdmissionPolicyBinding namespaces.tenantry.dev: too large',
  });
  expect(asked).toEqual(['register']);
});
