import { expect, test } from 'vitest';
import { GlobalProxySettings } from '../../api/capsule/global-proxy-settings.ts';
import { ProxySetting } from '../../api/capsule/proxy-setting.ts';
import { apiVersionOf, type KubeObject } from '../../kube/object.ts';
import { judgeGlobalSettings, judgeProxySetting } from './judge.ts';

const bob = { kind: 'User', name: 'bob' };
const rules = (selector: object) => [{ apiGroups: ['*'], resources: ['*'], selector }];
const broken = { matchExpressions: [{ key: 'a', operator: 'Like' }] };

const setting = (clusterResources?: object[]): KubeObject => ({
  apiVersion: apiVersionOf(ProxySetting.type),
  kind: 'ProxySetting',
  metadata: { name: 'a', namespace: 'oil-1' },
  spec: { subjects: [{ ...bob, ...(clusterResources && { clusterResources }) }] },
});
const tenantOf = (namespace: string) => (namespace === 'oil-1' ? 'oil' : '');

test('a ProxySetting shows the tenant of its namespace', () => {
  expect(judgeProxySetting(setting(), tenantOf)).toMatchObject({
    status: 'True',
    message: 'its subjects see tenant oil',
  });
  expect(judgeProxySetting(setting(rules({ matchLabels: { a: 'b' } })), () => '')).toMatchObject({
    status: 'True',
    message: expect.stringContaining('belongs to no tenant') as string,
  });
});

test('a selector that is none is told with its place', () => {
  expect(judgeProxySetting(setting(rules(broken)), tenantOf)).toMatchObject({
    status: 'False',
    reason: 'InvalidSpec',
    message: expect.stringContaining('spec.subjects[0].clusterResources[0].selector') as string,
  });
  const global = (selector: object): KubeObject => ({
    apiVersion: apiVersionOf(GlobalProxySettings.type),
    kind: 'GlobalProxySettings',
    metadata: { name: 'a' },
    spec: { rules: [{ subjects: [bob], clusterResources: rules(selector) }] },
  });
  expect(judgeGlobalSettings(global({}))).toMatchObject({ status: 'True' });
  expect(judgeGlobalSettings(global(broken))).toMatchObject({
    status: 'False',
    message: expect.stringContaining('spec.rules[0].clusterResources[0].selector') as string,
  });
});
