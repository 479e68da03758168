import { expect, test } from 'vitest';
import type { AdmissionRequest } from '../request.ts';
import { rulesRight } from './rules-right.ts';

const request = (kind: string, spec: unknown): AdmissionRequest => ({
  uid: 'a',
  kind: { group: 'capsule.clastix.io', version: 'v1beta2', kind },
  resource: { group: 'capsule.clastix.io', version: 'v1beta2', resource: 'tenants' },
  name: 'oil',
  operation: 'UPDATE',
  userInfo: { username: 'alice' },
  object: { apiVersion: 'capsule.clastix.io/v1beta2', kind, metadata: { name: 'oil' }, spec },
  dryRun: false,
});
const rules = (exp: string) => [{ enforce: { workloads: { registries: [{ exp }] } } }];

test('rules that can be enforced pass', () => {
  expect(rulesRight.check(request('Tenant', { rules: rules('^a{1,63}$') }), {})).toBeUndefined();
  expect(rulesRight.check(request('RuleStatus', rules('^a')), {})).toBeUndefined();
  expect(rulesRight.check(request('Tenant', { rules: 'none' }), {})).toBeUndefined();
});

test.each([
  ['Tenant', { rules: rules('(') }, 'spec.rules[0].enforce.workloads.registries[0].exp is invalid'],
  ['RuleStatus', rules('('), 'spec[0].enforce.workloads.registries[0].exp is invalid'],
])('others of a %s are refused, with the path', (kind, spec, message) => {
  expect(rulesRight.check(request(kind, spec), {})).toMatchObject({
    verdict: 'deny',
    code: 403,
    message: expect.stringContaining(message),
  });
});
