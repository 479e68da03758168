import { expect, test } from 'vitest';
import { Tenant } from '../../../api/capsule/tenant.ts';
import { ruleProblems } from './rule-problems.ts';

const problemsOf = (...rules: object[]) =>
  ruleProblems(
    Tenant.decode({
      apiVersion: 'capsule.clastix.io/v1beta2',
      kind: 'Tenant',
      metadata: { name: 'oil' },
      spec: { rules },
    }).spec.rules,
  );
const workloads = (part: object) => ({ enforce: { workloads: part } });
const limits = (policies: object, more: object = {}) =>
  workloads({ resources: { limits: policies, ...more } });
const labels = (rules: object, more: object = {}) => ({
  enforce: { metadata: [{ kinds: ['Pod'], labels: rules, ...more }] },
});

test('what is fine has no problems', () => {
  expect(
    problemsOf(
      {
        audience: [
          { kind: 'ServiceAccount', name: 'system:serviceaccount:a:b' },
          { kind: 'Custom', name: 'TenantOwner' },
        ],
        namespaceSelector: { matchExpressions: [{ key: 'env', operator: 'Exists' }] },
        enforce: {
          workloads: {
            registries: [{ exp: '^harbor/[a-z]{1,63}$', policy: ['Always'] }],
            qosClasses: ['Guaranteed'],
            resources: {
              requests: { cpu: { policy: 'Default', value: '100m' } },
              limits: {
                cpu: { policy: 'Ratio', value: '1.5' },
                memory: { policy: 'MatchRequest' },
              },
            },
          },
          services: {
            loadBalancers: { cidrs: ['10.0.0.0/8', '2001:db8::1', ' 10.0.0.1 '] },
            nodePorts: { ports: [{ from: 30000, to: 30000 }] },
          },
          ingress: { types: ['Ingress'], hostnames: [{ exp: '\\.example\\.com$' }] },
          metadata: [
            {
              kinds: ['ConfigMap'],
              labels: { 'example.com/team': { default: 'a', managed: 'b' }, 'cost-*': {} },
            },
          ],
        },
      },
      workloads({ registries: [{ exp: '^{{ .tenant.metadata.name }}(/' }] }),
    ),
  ).toEqual([]);
});

const at = 'spec.rules[0].enforce';
test.each<[object, string]>([
  [
    { audience: [{ kind: 'Custom', name: 'Nobody' }] },
    'spec.rules[0].audience[0].name is invalid: must be one of CapsuleUser, Administrator, TenantOwner, Controller',
  ],
  [{ audience: [{ kind: 'User', name: ' ' }] }, 'spec.rules[0].audience[0].name is invalid'],
  [{ audience: [{ kind: 'ServiceAccount', name: 'robot' }] }, 'spec.rules[0].audience[0].name'],
  [
    { namespaceSelector: { matchExpressions: [{ key: 'a', operator: 'Like' }] } },
    'spec.rules[0].namespaceSelector.matchExpressions[0].operator',
  ],
  [
    workloads({ registries: [{ exact: ['a'] }, { exp: 'a(' }] }),
    `${at}.workloads.registries[1].exp is invalid: 'a(' is no regular expression (RE2)`,
  ],
  [workloads({ registries: [{ exp: '(?=a)' }] }), `${at}.workloads.registries[0].exp`],
  [
    workloads({ registries: [{ exp: 'a', policy: ['Sometimes'] }] }),
    `${at}.workloads.registries[0].policy[0]`,
  ],
  [workloads({ schedulers: [{ exp: '[' }] }), `${at}.workloads.schedulers[0].exp`],
  [workloads({ qosClasses: ['Best'] }), `${at}.workloads.qosClasses[0]`],
  [
    limits({ cpu: { policy: 'Ratio', value: '0.5' } }),
    `${at}.workloads.resources.limits["cpu"].value`,
  ],
  [limits({ cpu: { policy: 'Ratio', value: '1.0005' } }), 'at most three decimals'],
  [
    limits({ gpu: { policy: 'Ratio', value: '2' } }),
    'Ratio is for cpu, memory, ephemeral-storage only',
  ],
  [limits({ cpu: { policy: 'Default', value: '-1' } }), `["cpu"].value`],
  [limits({ 'a b': { policy: 'Remove' } }), 'it is no name of a resource'],
  [
    limits({ cpu: { policy: 'MatchRequest' } }, { requests: { cpu: { policy: 'Remove' } } }),
    'MatchRequest needs the request that is removed',
  ],
  [
    workloads({ targets: ['pod'], resources: { limits: { gpu: { policy: 'Remove' } } } }),
    'a pod as a whole cannot ask for gpu',
  ],
  [
    workloads({ targets: ['pod/volumes'], resources: { limits: { cpu: { policy: 'Remove' } } } }),
    'the target pod/volumes has no requests and limits',
  ],
  [
    { enforce: { services: { loadBalancers: { cidrs: ['10.0.0.0/33'] } } } },
    `${at}.services.loadBalancers.cidrs[0] is invalid: '10.0.0.0/33' is no IP address or CIDR`,
  ],
  [
    { enforce: { services: { nodePorts: { ports: [{ from: 2, to: 1 }] } } } },
    `${at}.services.nodePorts.ports[0] is invalid: from must not be higher than to`,
  ],
  [
    { enforce: { services: { nodePorts: { ports: [{ from: 2, to: 70000 }] } } } },
    `${at}.services.nodePorts.ports[0].to`,
  ],
  [
    { enforce: { services: { externalNames: { hostnames: [{ exp: '*' }] } } } },
    `${at}.services.externalNames.hostnames[0].exp`,
  ],
  [{ enforce: { ingress: { hostnames: [{ exact: ['a'] }] } } }, `${at}.ingress.types`],
  [{ enforce: { ingress: { types: ['Ingress'] } } }, `${at}.ingress.hostnames`],
  [labels({ 'a b': {} }), `${at}.metadata[0].labels["a b"]`],
  [labels({ 'a(': {} }), `${at}.metadata[0].labels["a("]`],
  [labels({ 'a*': { default: 'x' } }), 'default and managed need one key'],
  [labels({ 'capsule.clastix.io/tenant': { managed: 'x' } }), 'none that is Capsule’s own'],
  [labels({ team: { managed: 'a b' } }), 'values that a label may have'],
  [labels({ team: { managed: 'a' } }, { kinds: ['*'] }), 'without wildcards'],
  [labels({ team: { values: [{ exp: '(' }] } }), `${at}.metadata[0].labels["team"].values[0].exp`],
  [labels({ team: {} }, { kinds: [' '] }), `${at}.metadata[0].kinds[0]`],
])('%j: %s', (rule, text) => {
  const [first = '', ...more] = problemsOf(rule);
  expect(first).toContain(text);
  expect(more).toEqual([]);
});
