import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  capsule,
  startTenancyHarness,
  type TenancyHarness,
} from '../../../test/support/tenancy-harness.ts';
import { eventually } from '../../../test/support/eventually.ts';

let on: TenancyHarness;
beforeAll(async () => {
  on = await startTenancyHarness();
});
afterAll(() => on?.[Symbol.asyncDispose]());

test('with the rights of its account the component counts what is common, and tells what it may not see', async () => {
  const { home: namespace } = await on.tenant(1);
  const quota = (name: string, kind: string) =>
    capsule(
      'CustomQuota',
      { name, namespace },
      { limit: '9', sources: [{ apiVersion: 'v1', kind, op: 'count' }] },
    );
  await on.apply([quota('maps', 'ConfigMap'), quota('secrets', 'Secret')]);
  const says = (what: string[], message: string) =>
    eventually(message, async () => {
      expect(JSON.stringify((await on.get(...what))['status'])).toContain(message);
      return true;
    });
  await says(['-n', namespace, 'customquota', 'maps'], '"reason":"Succeeded"');
  await says(
    ['-n', namespace, 'customquota', 'secrets'],
    'may not watch secrets: allow list and watch in a ClusterRole with the label tenantry.dev/aggregate-to-watcher=true',
  );
});
