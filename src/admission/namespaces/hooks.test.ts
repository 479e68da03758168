import { describe, expect, test } from 'vitest';
import { createMemoryCaches } from '../../../test/support/memory-caches.ts';
import { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import { Tenant } from '../../api/capsule/tenant.ts';
import { tenantLabel } from '../../access/tenancy/vocabulary.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { AdmissionContext } from '../context.ts';
import type { AdmissionRequest } from '../request.ts';
import { createTenantDirectory } from '../tenant-directory.ts';
import { namespacesMutating } from './mutating.ts';
import { namespacesValidating } from './validating.ts';

/**
 * The hooks about namespaces, whole: each of their rules has a request here that no other one answers,
 * so that none can be left out unnoticed.
 */
const nothing = () => Promise.resolve();
const apiVersion = 'capsule.clastix.io/v1beta2';
const uid = '00000000-0000-4000-8000-000000000001';

function put(caches: ReturnType<typeof createMemoryCaches>, name: string, spec: object) {
  const owners = [{ kind: 'User', name: `owner-of-${name}`, clusterRoles: ['admin'] }];
  caches.put(Tenant.type, {
    apiVersion,
    kind: 'Tenant',
    metadata: { name, uid },
    spec: { owners, ...spec },
    status: { owners, conditions: [], size: 0 },
  });
}

function admission(): AdmissionContext {
  const caches = createMemoryCaches();
  const enforce = {
    action: 'allow',
    metadata: [
      {
        kinds: ['Namespace'],
        labels: { zone: { managed: 'eu' }, tier: { values: [{ exact: ['free'] }] } },
      },
    ],
  };
  const namespaceOptions = {
    additionalMetadata: { labels: { team: 'oil', called: 'x-{{namespace}}' } },
    forbiddenLabels: { denied: ['secret'] },
  };
  put(caches, 'oil', { namespaceOptions, rules: [{ enforce }] });
  put(caches, 'gas', {});
  put(caches, 'shut', { cordoned: true });
  const configuration = CapsuleConfiguration.decode({
    apiVersion,
    kind: 'CapsuleConfiguration',
    metadata: { name: 'default' },
    spec: {},
  });
  const stub: Partial<AdmissionContext> = {
    tenants: createTenantDirectory(caches),
    newTenants: { learn: nothing, owned: nothing, granted: nothing },
    configuration: () => configuration,
    identities: () => ({
      administrators: [{ kind: 'User', name: 'admin' }],
      ignoredGroups: [],
      users: [{ kind: 'Group', name: 'users' }],
      tenantsOf: () => [],
    }),
    fillRules: (rules) => Promise.resolve([...rules]),
    protectedLabels: () => ['grant'],
    mayAdminister: () => Promise.resolve(false),
  };
  return stub as AdmissionContext;
}

const reference = (name: string) => ({ apiVersion, kind: 'Tenant', name, uid });
/** A namespace of a tenant; of none without. */
const namespace = (tenant?: string, labels: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: 'apps',
    labels: { ...labels, ...(tenant !== undefined && { [tenantLabel]: tenant }) },
    ...(tenant !== undefined && { ownerReferences: [reference(tenant)] }),
  },
});
const written = { tier: 'free' };

interface Write {
  by: string;
  operation: AdmissionRequest['operation'];
  object?: KubeObject;
  oldObject?: KubeObject;
}
const request = ({ by, ...write }: Write): AdmissionRequest => ({
  uid: 'u',
  kind: { group: '', version: 'v1', kind: 'Namespace' },
  resource: { group: '', version: 'v1', resource: 'namespaces' },
  name: 'apps',
  userInfo: { username: by, groups: by === 'admin' ? [] : ['users'] },
  dryRun: false,
  ...write,
});

const [oil, gas, shut] = ['oil', 'gas', 'shut'].map((name) => `owner-of-${name}`) as [
  string,
  string,
  string,
];
const create = (by: string, object: KubeObject): Write => ({ by, operation: 'CREATE', object });
/** Requests that one rule refuses, in either hook. */
const refused: Record<string, Write> = {
  'namespace-own-only': {
    by: gas,
    operation: 'UPDATE',
    object: namespace('oil', { ...written, own: 'x' }),
    oldObject: namespace('oil', written),
  },
  'namespace-tenant-open': create(shut, namespace('shut')),
  'namespace-metadata-allowed': create(oil, namespace('oil', { ...written, secret: 'x' })),
  'namespace-rules-allow': create(oil, namespace('oil', { tier: 'gold' })),
};

describe('the mutating hook', () => {
  const denials = {
    ...refused,
    'namespace-keep-grants': create(oil, namespace('oil', { ...written, grant: 'x' })),
  };
  test.each(Object.entries(denials))('refuses by %s', async (rule, write) => {
    const decision = await namespacesMutating.review(request(write), admission());
    expect(decision.rule).toBe(rule);
  });

  const whole = namespace('oil', written);
  const unnamed = { ...whole, metadata: { ...whole.metadata, name: '', generateName: 'apps-' } };
  const called = expect.stringMatching(/^x-apps-[a-z0-9]{5}$/) as string;
  const changes: Record<string, [Write, string, string]> = {
    'namespace-assign-tenant': [create(gas, namespace()), tenantLabel, 'gas'],
    'namespace-keep-assignment': [
      { by: gas, operation: 'UPDATE', object: namespace(), oldObject: namespace('gas') },
      tenantLabel,
      'gas',
    ],
    'namespace-make-up-name': [create(oil, unnamed), 'called', called],
    'namespace-put-metadata': [create(oil, namespace('oil', written)), 'team', 'oil'],
    'namespace-put-rule-metadata': [create(oil, namespace('oil', written)), 'zone', 'eu'],
  };
  test.each(Object.entries(changes))('changes by %s', async (_, [write, key, value]) => {
    const decision = await namespacesMutating.review(request(write), admission());
    expect(decision.denial).toBeUndefined();
    expect(decision.object?.metadata.labels).toMatchObject({ [key]: value });
  });

  test('has no other rule', () => {
    const cases = [...Object.keys(denials), ...Object.keys(changes)];
    expect([...namespacesMutating.rules].sort()).toEqual(cases.sort());
  });
});

describe('the validating hook', () => {
  const half = namespace('oil', written);
  const { ownerReferences: _taken, ...metadata } = half.metadata;
  const denials = {
    ...refused,
    'namespace-assignment-whole': create('admin', { ...half, metadata }),
    'namespace-not-cordoned': {
      by: shut,
      operation: 'DELETE' as const,
      oldObject: namespace('shut'),
    },
  };
  test.each(Object.entries(denials))('refuses by %s', async (rule, write) => {
    const managed = { team: 'oil', zone: 'eu', called: 'x-apps' };
    const object = 'object' in write ? write.object : undefined;
    const completed = object && {
      ...object,
      metadata: { ...object.metadata, labels: { ...managed, ...object.metadata.labels } },
    };
    const whole = { ...write, ...(completed && { object: completed }) };
    const decision = await namespacesValidating.review(request(whole), admission());
    expect(decision.rule).toBe(rule);
  });

  test('has no other rule', () => {
    expect([...namespacesValidating.rules].sort()).toEqual(Object.keys(denials).sort());
  });
});
