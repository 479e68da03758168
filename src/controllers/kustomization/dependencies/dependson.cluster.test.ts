import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  conditionOf,
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../../test/support/kustomize-harness.ts';

let harness: KustomizeHarness;
beforeAll(async () => {
  harness = await startKustomizeHarness();
});
afterAll(() => harness[Symbol.asyncDispose]());

const chain = ['one', 'two', 'three', 'four', 'five'];
const files = (value: string) =>
  Object.fromEntries(chain.map((name) => [`${name}/a.yaml`, configMap(name, { value })]));
const on = (...names: string[]) => ({ dependsOn: names.map((name) => ({ name })) });

async function deployChain(namespace: string): Promise<void> {
  for (const [index, name] of chain.entries()) {
    const before = chain[index - 1];
    await harness.deploy(namespace, name, {
      path: `./${name}`,
      ...on(...(before ? [before] : [])),
    });
  }
}

it('a chain becomes ready in order, woken by events', async () => {
  const namespace = await harness.tenant();
  const first = await harness.publish(files('1'), { namespace });
  await deployChain(namespace);
  await harness.ready(namespace, 'five', first);
  const second = await harness.publish(files('2'), { namespace });
  await harness.ready(namespace, 'five', second);
  const applied = harness.events
    .filter(({ about, message }) => about.startsWith(namespace) && message.endsWith('configured'))
    .map(({ about }) => about.split('/')[1]);
  expect(applied).toEqual(chain);
});

it('waits for a dependency that does not exist, and goes on when it does', async () => {
  const namespace = await harness.tenant();
  await harness.publish(files('1'), { namespace });
  await harness.deploy(namespace, 'two', { path: './two', ...on('one') });
  const { message } = await harness.failed(namespace, 'two', 'DependencyNotReady');
  expect(message).toBe(`dependency '${namespace}/one' not found`);
  await harness.deploy(namespace, 'one', { path: './one' });
  await harness.ready(namespace, 'two');
});

it('a dependency that fails holds back what needs it, and nothing of it is applied', async () => {
  const namespace = await harness.tenant();
  await harness.publish({ ...files('1'), 'one/bad.yaml': 'not: [yaml' }, { namespace });
  await harness.deploy(namespace, 'one', { path: './one' });
  await harness.deploy(namespace, 'two', { path: './two', ...on('one') });
  await harness.failed(namespace, 'one', 'BuildFailed');
  await harness.failed(namespace, 'two', 'DependencyNotReady');
  expect(await harness.read('v1', 'ConfigMap', { namespace, name: 'two' })).toBeUndefined();
  await harness.publish(files('1'), { namespace });
  await harness.ready(namespace, 'two');
});

it('a cycle is named, in each of its members', async () => {
  const namespace = await harness.tenant();
  await harness.publish(files('1'), { namespace });
  await harness.deploy(namespace, 'one', { path: './one', ...on('two') });
  await harness.deploy(namespace, 'two', { path: './two', ...on('one') });
  for (const [name, other] of [
    ['one', 'two'],
    ['two', 'one'],
  ] as const) {
    const path = [name, other, name].map((each) => `${namespace}/${each}`).join(' → ');
    const object = await harness.until(namespace, name, (one) =>
      Boolean(conditionOf(one, 'Ready')?.message.includes('cycle')),
    );
    expect(conditionOf(object, 'Ready')?.message).toContain(`dependency cycle: ${path}`);
  }
  await harness.deploy(namespace, 'one', { path: './one' });
  await harness.ready(namespace, 'two');
});
