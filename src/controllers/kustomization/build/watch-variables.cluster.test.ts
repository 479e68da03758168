import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { applyAll } from '../../../../test/support/install.ts';
import {
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../../test/support/kustomize-harness.ts';

let harness: KustomizeHarness;
beforeAll(async () => {
  // The right to watch Secrets is not granted by default.
  harness = await startKustomizeHarness({ asAdmin: true });
});
afterAll(() => harness[Symbol.asyncDispose]());

const variables = (namespace: string, colour: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'vars', namespace, labels: { 'reconcile.fluxcd.io/watch': 'Enabled' } },
  stringData: { colour },
});

it('Secrets are watched from when somebody takes variables from one', async () => {
  const namespace = await harness.tenant();
  const files = { 'a.yaml': configMap('a', { colour: '${colour:=none}' }) };
  const revision = await harness.publish(files, { namespace });
  await harness.deploy(namespace, 'plain', { postBuild: { substitute: { colour: 'blue' } } });
  await harness.ready(namespace, 'plain', revision);
  expect([...harness.watched]).not.toContain('secrets');

  await applyAll(harness.admin, [variables(namespace, 'red')]);
  const substituteFrom = [{ kind: 'Secret', name: 'vars' }];
  await harness.deploy(namespace, 'plain', { postBuild: { substituteFrom } });
  const colourIs = (colour: string) =>
    eventually(`the colour is ${colour}`, async () => {
      const object = await harness.read('v1', 'ConfigMap', { namespace, name: 'a' });
      const data = object?.['data'] as { colour?: string } | undefined;
      return data?.colour === colour ? true : undefined;
    });
  await colourIs('red');
  await eventually('Secrets are watched', async () =>
    Promise.resolve(harness.watched.has('secrets') ? true : undefined),
  );
  await applyAll(harness.admin, [variables(namespace, 'green')]);
  await colourIs('green');
});
