import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  conditionOf,
  startKustomizeHarness,
  type KustomizeHarness,
} from '../../../../test/support/kustomize-harness.ts';
import {
  installTenantWidgets,
  type TenantWidgets,
} from '../../../../test/support/tenant-widgets.ts';

let harness: KustomizeHarness;
let widgets: TenantWidgets;
beforeAll(async () => {
  harness = await startKustomizeHarness({ gates: { DisableFailFastBehavior: true } });
  widgets = await installTenantWidgets(harness, true);
});
afterAll(() => harness[Symbol.asyncDispose]());

it('with DisableFailFastBehavior a failure is told once nothing else is on its way', async () => {
  const namespace = await harness.tenant();
  await widgets.grant(namespace);
  const files = { 'a.yaml': widgets.manifest('slow'), 'b.yaml': widgets.manifest('bad') };
  await harness.publish(files, { namespace });
  const expr = {
    apiVersion: `${widgets.type.group}/v1`,
    failed: "status.phase == 'Broken'",
    current: "status.phase == 'Ready'",
  };
  const spec = { wait: true, healthCheckExprs: [expr], retryInterval: '1h' };
  await harness.deploy(namespace, 'apps', spec);
  // What cannot be judged is named, one at a time.
  const waiting = (isNamed: boolean) =>
    harness.until(namespace, 'apps', (object) => {
      const { status, message = '' } = conditionOf(object, 'Healthy') ?? {};
      return status === 'Unknown' && message.includes("status: 'Unknown'") === isNamed;
    });
  await waiting(true);
  await widgets.setStatus(namespace, 'slow', { phase: 'Building' });
  await widgets.setStatus(namespace, 'bad', { phase: 'Broken' });
  const both = await waiting(false);
  expect(conditionOf(both, 'Ready')?.status).toBe('Unknown');
  await widgets.setStatus(namespace, 'slow', { phase: 'Ready' });
  const { message } = await harness.failed(namespace, 'apps', 'HealthCheckFailed');
  expect(message).toContain(`Widget/${namespace}/bad status: 'Failed'`);
  expect(message).not.toContain('slow');
});
