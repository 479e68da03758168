import { expect, test } from 'vitest';
import { firstRefusal } from '../policy/rule.ts';
import { readService, serviceRules, type ServiceFacts } from './rules.ts';

const services: ServiceFacts['services'] = {
  deniedTypes: ['NodePort'],
  externalIPs: { names: ['10.1.0.0/16', '192.0.2.7/32', '999.0.0.0/8'], choices: '10.1.0.0/16' },
  forbiddenLabels: { names: ['team'], pattern: 'tenant' },
};
const service = (spec: object, labels: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', labels },
  spec,
});
type Service = ReturnType<typeof service>;
const rule = (after: Service, before?: Service) =>
  firstRefusal(serviceRules, { after: readService(after), before: readService(before), services })
    ?.rule;

test.each([
  [service({ type: 'ClusterIP' }), undefined],
  [service({ type: 'NodePort' }), 'service-type-allowed'],
  [service({ externalIPs: ['10.1.255.255', '192.0.2.7'] }), undefined],
  [service({ externalIPs: ['10.2.0.0'] }), 'service-external-ips-allowed'],
  [service({ externalIPs: ['2001:db8::1'] }), 'service-external-ips-allowed'],
  [service({ externalIPs: ['10.1'] }), 'service-external-ips-allowed'],
  [service({}, { team: 'a' }), 'service-labels-allowed'],
  [service({}, { 'projectcapsule.dev/tenant': 'oil' }), undefined],
])('%j: %j', (made, refused) => {
  expect(rule(made)).toBe(refused);
});

test('what is there already is left alone, until it is changed', () => {
  const old = service({ type: 'NodePort', externalIPs: ['10.2.0.0'] }, { team: 'a' });
  expect(rule(old, old)).toBeUndefined();
  expect(rule(service({ type: 'NodePort' }, { team: 'b' }), old)).toBe('service-labels-allowed');
});
