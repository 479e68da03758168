import { afterAll, beforeAll, expect, it } from 'vitest';
import { Kustomization } from '../../../api/kustomize/kustomization.ts';
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

const files = {
  'one/bad.yaml': 'not: [yaml',
  'two/a.yaml': configMap('two', {}),
};
const expression =
  "has(dep.metadata.labels) && dep.metadata.labels[?'stage'].orValue('') == 'done'";

/** `one` fails; `two` depends on it by an expression. */
async function deployTwo(at: KustomizeHarness, readyExpr: string): Promise<string> {
  const namespace = await at.tenant();
  await at.publish(files, { namespace });
  await at.deploy(namespace, 'one', { path: './one', retryInterval: '1h' });
  await at.failed(namespace, 'one', 'BuildFailed');
  await at.deploy(namespace, 'two', { path: './two', dependsOn: [{ name: 'one', readyExpr }] });
  return namespace;
}

const label = (at: KustomizeHarness, namespace: string, labels: Record<string, string>) =>
  at.admin.patch(
    Kustomization.type,
    { namespace, name: 'one' },
    { type: 'merge', body: { metadata: { labels } } },
  );

it('is asked instead of the built-in check, and again when the dependency changes', async () => {
  const namespace = await deployTwo(harness, expression);
  const { message } = await harness.failed(namespace, 'two', 'DependencyNotReady');
  expect(message).toBe(`dependency '${namespace}/one' is not ready: its readyExpr is false`);
  expect(await harness.read('v1', 'ConfigMap', { namespace, name: 'two' })).toBeUndefined();
  await label(harness, namespace, { stage: 'done' });
  await harness.ready(namespace, 'two');
});

it('sees both objects as they are in the cluster', async () => {
  const namespace = await deployTwo(
    harness,
    [
      "self.kind == 'Kustomization' && self.metadata.name == 'two' && dep.metadata.name == 'one'",
      'self.metadata.namespace == dep.metadata.namespace && dep.metadata.generation == 1',
      "dep.status.conditions.exists(c, c.type == 'Ready' && c.reason == 'BuildFailed')",
      "self.spec.dependsOn[0].name == 'one'",
    ].join(' && '),
  );
  await harness.ready(namespace, 'two');
});

it('that reads what is not there waits for it, and says so', async () => {
  const namespace = await deployTwo(harness, "dep.metadata.annotations.stage == 'done'");
  const { message } = await harness.failed(namespace, 'two', 'DependencyNotReady');
  expect(message).toContain(`dependency '${namespace}/one': readyExpr: it reads 'annotations'`);
  const annotations = { stage: 'done' };
  const patch = { type: 'merge', body: { metadata: { annotations } } } as const;
  await harness.admin.patch(Kustomization.type, { namespace, name: 'one' }, patch);
  await harness.ready(namespace, 'two');
});

it.each([
  ['is no expression', 'dep.', /readyExpr: line 1, column 5: Syntax error/],
  ['names something else', 'other.ready', /line 1, column 1: undeclared reference to 'other'/],
  ['is no boolean', 'dep.status.ready', /it must be true or false, and a field may be anything/],
])('that %s stalls before the source is looked at', async (_, readyExpr, says) => {
  const namespace = await harness.tenant();
  await harness.deploy(namespace, 'two', { dependsOn: [{ name: 'one', readyExpr }] });
  const { message } = await harness.failed(namespace, 'two', 'InvalidCELExpression');
  expect(message).toMatch(says);
  expect(message).toContain('spec.dependsOn[0].readyExpr');
  const object = await harness.get(namespace, 'two');
  expect(conditionOf(object, 'Stalled')?.reason).toBe('InvalidCELExpression');
  expect(object.status?.observedGeneration).toBe(object.metadata.generation);
});

it("is never asked about a neighbour's Kustomization", async () => {
  const victim = await deployTwo(harness, 'true');
  await harness.ready(victim, 'two');
  const namespace = await harness.tenant('evil');
  await harness.publish(files, { namespace });
  const messages: string[] = [];
  for (const name of ['two', 'absent']) {
    const dependsOn = [{ name, namespace: victim, readyExpr: 'true' }];
    await harness.deploy(namespace, name, { path: './two', dependsOn });
    const { message } = await harness.failed(namespace, name, 'AccessDenied');
    messages.push(message.replace(name, 'X'));
  }
  expect(messages[0]).toBe(messages[1]);
});

it('with AdditiveCELDependencyCheck the dependency must be ready too', async () => {
  await using additive = await startKustomizeHarness({
    gates: { AdditiveCELDependencyCheck: true },
  });
  const namespace = await deployTwo(additive, 'true');
  const { message } = await additive.failed(namespace, 'two', 'DependencyNotReady');
  expect(message).toBe(`dependency '${namespace}/one' is not ready`);
  await additive.publish({ ...files, 'one/bad.yaml': configMap('one', {}) }, { namespace });
  await additive.ready(namespace, 'two');
});
