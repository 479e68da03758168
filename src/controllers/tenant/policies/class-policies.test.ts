import { expect, test } from 'vitest';
import { Tenant } from '../../../api/capsule/tenant.ts';
import type { ExistingClass } from './allowed-values.ts';
import { classPolicies, usableClasses, type ExistingClasses } from './class-policies.ts';

const named = (name: string, more: Partial<ExistingClass> = {}): ExistingClass => ({
  name,
  labels: {},
  isDefault: false,
  ...more,
});
const existing: ExistingClasses = {
  device: [named('gpu', { labels: { vendor: 'acme' } }), named('fpga')],
  gateway: [],
  ingress: [named('public', { isDefault: true }), named('nginx')],
  priority: [named('batch', { value: 5, preemptionPolicy: 'Never' }), named('web', { value: 9 })],
  runtime: [named('kata')],
  storage: [
    named('fast'),
    named('slow', { labels: { shared: 'true' } }),
    named('std', { isDefault: true }),
  ],
};
const specOf = (spec: object) =>
  Tenant.decode({
    apiVersion: 'capsule.clastix.io/v1beta2',
    kind: 'Tenant',
    metadata: { name: 'oil' },
    spec,
  }).spec;
const policiesOf = (spec: object) => classPolicies(specOf(spec), existing);

test('a tenant without lists is not limited, and may use every class', () => {
  expect(policiesOf({})).toEqual({});
  expect(usableClasses({}, existing)).toEqual({
    device: ['fpga', 'gpu'],
    gateway: [],
    priority: ['batch', 'web'],
    runtime: ['kata'],
    storage: ['fast', 'slow', 'std'],
  });
});

test('names, selected classes and the default are allowed; the default replaces that of the cluster', () => {
  const policies = policiesOf({
    storageClasses: { allowed: ['gone'], matchLabels: { shared: 'true' }, default: 'fast' },
  });
  expect(policies.storageClasses).toEqual({
    names: ['fast', 'gone', 'slow'],
    default: 'fast',
    replaced: ['std'],
    choices: 'fast, gone, slow',
  });
  expect(usableClasses(policies, existing).storage).toEqual(['fast', 'slow']);
});

test('a pattern is found anywhere in a name', () => {
  const policies = policiesOf({ storageClasses: { allowedRegex: 's' } });
  expect(policies.storageClasses).toEqual({
    names: [],
    pattern: 's',
    replaced: [],
    choices: "what matches 's'",
  });
  expect(usableClasses(policies, existing).storage).toEqual(['fast', 'slow', 'std']);
});

test('a list that names nothing allows nothing', () => {
  const policies = policiesOf({ runtimeClasses: {}, deviceClasses: { allowed: ['gpu'] } });
  expect(policies.runtimeClasses).toEqual({ names: [], replaced: [], choices: 'nothing' });
  expect(usableClasses(policies, existing)).toMatchObject({ runtime: [], device: ['gpu'] });
});

test('a default priority says what its class says, while there is one', () => {
  const of = (name: string) => policiesOf({ priorityClasses: { default: name } }).priorityClasses;
  expect(of('batch')?.default).toEqual({ name: 'batch', value: 5, preemptionPolicy: 'Never' });
  expect(of('web')?.default).toEqual({
    name: 'web',
    value: 9,
    preemptionPolicy: 'PreemptLowerPriority',
  });
  expect(of('gone')?.default).toEqual({ name: 'gone' });
});

test('choices are bounded', () => {
  const allowed = Array.from({ length: 500 }, (_, index) => `class-${index}`);
  expect(policiesOf({ storageClasses: { allowed } }).storageClasses?.choices.length).toBe(601);
});
