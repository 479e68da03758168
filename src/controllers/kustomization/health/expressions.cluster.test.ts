import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import {
  conditionOf,
  configMap,
  startKustomizeHarness,
  type KustomizeHarness,
  type LiveKustomization,
} from '../../../../test/support/kustomize-harness.ts';
import {
  installTenantWidgets,
  type TenantWidgets,
} from '../../../../test/support/tenant-widgets.ts';

let harness: KustomizeHarness;
let widgets: TenantWidgets;
beforeAll(async () => {
  harness = await startKustomizeHarness();
  widgets = await installTenantWidgets(harness, true);
});
afterAll(() => harness[Symbol.asyncDispose]());

const phases = () => ({
  apiVersion: `${widgets.type.group}/v1`,
  kind: 'Widget',
  inProgress: "has(status.phase) && status.phase == 'Building'",
  failed: "status.phase == 'Broken'",
  current: "status.phase == 'Ready'",
});

async function tenant(): Promise<string> {
  const namespace = await harness.tenant();
  await widgets.grant(namespace);
  return namespace;
}

/** A tenant whose Kustomization `apps` applies the widget `w`. */
async function deployWidget(spec: object = {}): Promise<{ namespace: string; revision: string }> {
  const namespace = await tenant();
  const revision = await harness.publish({ 'w.yaml': widgets.manifest('w') }, { namespace });
  await harness.deploy(namespace, 'apps', { wait: true, healthCheckExprs: [phases()], ...spec });
  return { namespace, revision };
}

const healthy = (object: LiveKustomization) => conditionOf(object, 'Healthy');

/** Until the Healthy condition says what is waited for. */
const waitsWith = (namespace: string, words: string, name = 'apps') =>
  harness.until(namespace, name, (object) => {
    const { status, message = '' } = healthy(object) ?? {};
    return status === 'Unknown' && message.includes(words);
  });

/** What was asked as a tenant since the last call. */
const askedAsTenant = () =>
  harness
    .requests()
    .filter(({ identity }) => identity !== undefined)
    .map(({ verb, resource }) => `${verb} ${resource}`);

it('an object is waited for until its expression is true, told by its watch', async () => {
  const { namespace, revision } = await deployWidget();
  const { group } = widgets.type;
  await waitsWith(namespace, "it reads 'status.phase', which is not there");
  harness.requests();
  await widgets.setStatus(namespace, 'w', { phase: 'Building' });
  const waiting = await harness.until(
    namespace,
    'apps',
    (object) => healthy(object)?.message.includes('status.phase') === false,
  );
  expect(conditionOf(waiting, 'Ready')?.status).toBe('Unknown');
  await widgets.setStatus(namespace, 'w', { phase: 'Ready' });
  const ready = await harness.ready(namespace, 'apps', revision);
  expect(healthy(ready)).toMatchObject({ status: 'True', reason: 'Succeeded' });
  expect(askedAsTenant()).toEqual([`get widgets.${group}`, `get widgets.${group}`]);
});

it('an object that did not change is not read again', async () => {
  const { namespace } = await deployWidget();
  await waitsWith(namespace, 'status.phase');
  await widgets.setStatus(namespace, 'w', { phase: 'Ready' });
  await harness.ready(namespace, 'apps');
  harness.requests();
  const again = await harness.request(namespace, 'apps');
  expect(conditionOf(again, 'Ready')?.status).toBe('True');
  expect(askedAsTenant()).toEqual([]);
  const current = "status.phase == 'Finished'";
  const healthCheckExprs = [{ ...phases(), current }];
  await harness.deploy(namespace, 'apps', { wait: true, healthCheckExprs });
  await harness.until(namespace, 'apps', (object) => healthy(object)?.status === 'Unknown');
});

it('fails as soon as the expression for it is true, and names it', async () => {
  const { namespace } = await deployWidget({ retryInterval: '1h' });
  await waitsWith(namespace, 'status.phase');
  await widgets.setStatus(namespace, 'w', { phase: 'Broken' });
  const { message } = await harness.failed(namespace, 'apps', 'HealthCheckFailed');
  expect(message).toBe(
    `health check failed: Widget/${namespace}/w status: 'Failed': spec.healthCheckExprs[0].failed is true`,
  );
});

it('what moves on after it failed begins no new wait, and is ready at once when it is', async () => {
  const { namespace, revision } = await deployWidget({ retryInterval: '1h' });
  await waitsWith(namespace, 'status.phase');
  await widgets.setStatus(namespace, 'w', { phase: 'Broken' });
  await harness.failed(namespace, 'apps', 'HealthCheckFailed');
  await widgets.setStatus(namespace, 'w', { phase: 'Building' });
  const object = await harness.until(
    namespace,
    'apps',
    (one) => healthy(one)?.message.includes('inProgress is true') === true,
  );
  expect(conditionOf(object, 'Ready')).toMatchObject({ reason: 'HealthCheckFailed' });
  await widgets.setStatus(namespace, 'w', { phase: 'Ready' });
  await harness.ready(namespace, 'apps', revision);
});

it('a status about an older generation counts for nothing', async () => {
  const { namespace } = await deployWidget();
  await waitsWith(namespace, 'status.phase');
  await widgets.setStatus(namespace, 'w', { phase: 'Ready', observedGeneration: 0 });
  await harness.until(
    namespace,
    'apps',
    (object) => healthy(object)?.message.includes('status.phase') === false,
  );
  expect(conditionOf(await harness.request(namespace, 'apps'), 'Ready')?.status).toBe('Unknown');
  await widgets.setStatus(namespace, 'w', { observedGeneration: 1 });
  await harness.ready(namespace, 'apps');
});

it('an entry without kind is about the whole group, and one with kind wins', async () => {
  const namespace = await tenant();
  const apiVersion = `${widgets.type.group}/v7`;
  await harness.publish({ 'w.yaml': widgets.manifest('w') }, { namespace });
  const group = { apiVersion, current: 'spec.size == 1' };
  await harness.deploy(namespace, 'group', { wait: true, healthCheckExprs: [group] });
  await harness.ready(namespace, 'group');
  const widget = { apiVersion, kind: 'Widget', current: 'spec.size == 2' };
  await harness.deploy(namespace, 'group', { wait: true, healthCheckExprs: [group, widget] });
  await harness.until(namespace, 'group', (object) => healthy(object)?.status === 'Unknown');
});

it('a built-in kind may be judged by expressions too', async () => {
  const namespace = await harness.tenant();
  await harness.publish({ 'a.yaml': configMap('a', { done: 'no' }) }, { namespace });
  const expr = { apiVersion: 'v1', kind: 'ConfigMap', current: "data.done == 'yes'" };
  await harness.deploy(namespace, 'apps', { wait: true, healthCheckExprs: [expr] });
  await harness.until(namespace, 'apps', (object) => healthy(object)?.status === 'Unknown');
  const revision = await harness.publish(
    { 'a.yaml': configMap('a', { done: 'yes' }) },
    { namespace },
  );
  await harness.ready(namespace, 'apps', revision);
});

describe('healthChecks', () => {
  const checks = (namespace: string, name: string) => {
    const apiVersion = `${widgets.type.group}/v1`;
    return { healthChecks: [{ apiVersion, kind: 'Widget', name, namespace }] };
  };

  it('of what others made are judged by expressions, read as the tenant', async () => {
    const namespace = await tenant();
    await harness.publish(
      { 'theirs/w.yaml': widgets.manifest('theirs'), 'own/a.yaml': configMap('a', {}) },
      { namespace },
    );
    await harness.deploy(namespace, 'theirs', { path: './theirs' });
    await harness.ready(namespace, 'theirs');
    await harness.deploy(namespace, 'own', {
      path: './own',
      healthCheckExprs: [phases()],
      ...checks(namespace, 'theirs'),
    });
    await waitsWith(namespace, 'status.phase', 'own');
    await widgets.setStatus(namespace, 'theirs', { phase: 'Ready' });
    await harness.ready(namespace, 'own');
  });

  it("show nothing of a neighbour's object, not even whether it is there", async () => {
    const { namespace: victim } = await deployWidget({ wait: false });
    await harness.ready(victim, 'apps');
    await widgets.setStatus(victim, 'w', { phase: 'Ready' });
    const namespace = await tenant();
    const files = { 'a/a.yaml': configMap('a', {}), 'b/b.yaml': configMap('b', {}) };
    await harness.publish(files, { namespace });
    const messages: string[] = [];
    for (const [path, name] of [
      ['a', 'w'],
      ['b', 'absent'],
    ] as const) {
      const healthCheckExprs = [{ ...phases(), current: 'true' }];
      const spec = { path: `./${path}`, healthCheckExprs, ...checks(victim, name) };
      await harness.deploy(namespace, name, spec);
      const { message } = await harness.failed(namespace, name, 'ReconciliationFailed');
      messages.push(message.replace(name, 'X'));
    }
    expect(messages[0]).toBe(messages[1]);
    expect(messages[0]).toContain('may not get widgets');
  });
});

describe('an expression that is none', () => {
  it('stalls before the source is looked at, and is mended by a correction', async () => {
    const namespace = await harness.tenant();
    const apiVersion = 'example.org/v1';
    const broken = { apiVersion, kind: 'Widget', failed: 'status.', current: 'has(a)\n  &&' };
    await harness.deploy(namespace, 'apps', { healthCheckExprs: [broken] });
    const { message } = await harness.failed(namespace, 'apps', 'InvalidCELExpression');
    expect(message).toMatch(
      /^correct the CEL expression in spec\.healthCheckExprs\[0\]\.failed: line 1, column 8: Syntax error.*; spec\.healthCheckExprs\[0\]\.current: line \d, column \d+: /,
    );
    const object = await harness.get(namespace, 'apps');
    expect(conditionOf(object, 'Stalled')).toMatchObject({
      reason: 'InvalidCELExpression',
      message,
    });
    expect(object.status?.observedGeneration).toBe(object.metadata.generation);
    expect(object.status?.lastAttemptedRevision).toBeUndefined();
    await harness.deploy(namespace, 'apps', { healthCheckExprs: [] });
    await harness.failed(namespace, 'apps', 'ArtifactFailed');
  });

  it('stalls when it is one too many for a kind', async () => {
    const namespace = await harness.tenant();
    const twice = [phases(), { ...phases(), apiVersion: `${widgets.type.group}/v2` }];
    await harness.deploy(namespace, 'apps', { healthCheckExprs: twice });
    const { message } = await harness.failed(namespace, 'apps', 'InvalidCELExpression');
    expect(message).toContain(`both about kind 'Widget' of group '${widgets.type.group}'`);
  });
});

it('an expression without end is ended, and its neighbours go on', async () => {
  const items = `'${'x'.repeat(60)}'.split('')`;
  const loop = (inner: string, name: string) => `${items}.all(${name}, ${inner})`;
  const endless = ['a', 'b', 'c', 'd'].reduce(loop, "metadata.name == 'w'");
  const { namespace } = await deployWidget({
    healthCheckExprs: [{ ...phases(), inProgress: '', failed: '', current: endless }],
  });
  await waitsWith(namespace, 'it takes more steps than an expression may');
  const good = await deployWidget();
  await waitsWith(good.namespace, 'status.phase');
  await widgets.setStatus(good.namespace, 'w', { phase: 'Ready' });
  await harness.ready(good.namespace, 'apps');
});

it('what nothing may watch is asked for until it is healthy', async () => {
  const unwatched = await installTenantWidgets(harness, false);
  const namespace = await harness.tenant();
  await unwatched.grant(namespace);
  await harness.publish({ 'w.yaml': unwatched.manifest('w') }, { namespace });
  const { group } = unwatched.type;
  const healthCheckExprs = [{ ...phases(), apiVersion: `${group}/v1` }];
  await harness.deploy(namespace, 'apps', { wait: true, healthCheckExprs });
  await waitsWith(namespace, 'status.phase');
  await unwatched.setStatus(namespace, 'w', { phase: 'Ready' });
  await harness.ready(namespace, 'apps');
});

it('kinds the operator names are applied first, and what they may need does not wait for them', async () => {
  const { group } = widgets.type;
  await using staged = await startKustomizeHarness({ customStageKinds: [`${group}/Widget`] });
  const namespace = await staged.tenant();
  await widgets.grant(namespace);
  const files = { 'w.yaml': widgets.manifest('w'), 'a.yaml': configMap('a', {}) };
  await staged.publish(files, { namespace });
  const spec = { wait: true, healthCheckExprs: [phases()] };
  await staged.deploy(namespace, 'apps', spec);
  await eventually('the rest is applied', () =>
    staged.read('v1', 'ConfigMap', { namespace, name: 'a' }),
  );
  const applied = staged.requests().filter(({ verb }) => verb === 'apply');
  expect(applied.map(({ resource }) => resource.split('.')[0])).toEqual(['widgets', 'configmaps']);
  await widgets.setStatus(namespace, 'w', { phase: 'Ready' });
  await staged.ready(namespace, 'apps');
});
