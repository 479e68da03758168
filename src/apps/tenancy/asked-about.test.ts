import { describe, expect, test } from 'vitest';
import { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import { isAskedAbout } from './asked-about.ts';
import type { CountedScope } from '../../access/quotas/custom/counted-scope.ts';
import { hooks } from '../../admission/hooks.ts';
import { webhookConfigurations } from '../../admission/registration/webhook-configurations.ts';

const pods = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };
const widgets = {
  group: 'x.io',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
};
const configuration = CapsuleConfiguration.decode({
  apiVersion: 'capsule.clastix.io/v1beta2',
  kind: 'CapsuleConfiguration',
  metadata: { name: 'default' },
  spec: {},
});

interface Entry {
  name: string;
  rules: object[];
  matchConditions: { name: string; expression: string }[];
  failurePolicy: string;
}
const registered = (counted: CountedScope[]) =>
  webhookConfigurations({ configuration, hooks, counted, home: 'home' });
const entriesFor = (counted: CountedScope[]) =>
  registered(counted)
    .flatMap(({ webhooks }) => webhooks as Entry[])
    .filter(({ name }) => name.startsWith('custom-quotas'));
const conditionOf = ({ matchConditions }: Entry, name: string) =>
  matchConditions.find((condition) => condition.name === name)?.expression;

test('nothing is asked about while no quota counts anything', () => {
  expect(entriesFor([])).toEqual([]);
});

describe('webhooks are asked about', () => {
  const counted = [
    { type: pods, namespace: 'a' },
    { type: { ...widgets, version: 'v2' } },
    { type: widgets, namespace: 'b' },
  ];

  test('each kind that is counted, in one version, where it is counted', () => {
    const [first, ...others] = entriesFor(counted);
    expect(first?.rules).toMatchObject([
      { apiGroups: [''], resources: ['pods', 'pods/scale', 'pods/resize'] },
      { apiGroups: ['x.io'], apiVersions: ['v1'], resources: ['widgets', 'widgets/scale'] },
    ]);
    const expression = first && conditionOf(first, 'counted');
    expect(expression).toContain("in ['widgets.x.io']");
    expect(expression).toContain("in ['a pods.', 'b widgets.x.io']");
    for (const other of others) expect(conditionOf(other, 'counted')).toBe(expression);
  });

  test('controllers of the cluster too, and fail open for them and outside of tenants', () => {
    const byName = new Map(entriesFor(counted).map((entry) => [entry.name.split('.')[0], entry]));
    const policies = [...byName].map(([name, { failurePolicy }]) => [name, failurePolicy]);
    expect(policies).toEqual([
      ['custom-quotas-controllers', 'Ignore'],
      ['custom-quotas-elsewhere', 'Ignore'],
      ['custom-quotas', 'Fail'],
    ]);
    for (const entry of byName.values()) {
      const [who] = entry.matchConditions;
      expect(who?.expression).toContain(`!('system:nodes' in request.userInfo.groups)`);
    }
  });

  test('a quota is ready once they are', () => {
    const [one, other] = counted as [CountedScope, CountedScope];
    expect(isAskedAbout(registered(counted), one)).toBe(true);
    expect(isAskedAbout(registered(counted), other)).toBe(true);
    expect(isAskedAbout(registered([other]), one)).toBe(false);
    expect(isAskedAbout(registered(counted), { type: pods })).toBe(false);
    expect(isAskedAbout([], one)).toBe(false);
  });
});
