import { afterAll, beforeAll, expect, test } from 'vitest';
import { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import { Tenant } from '../../api/capsule/tenant.ts';
import { apiVersionOf } from '../../kube/object.ts';
import type { AdmissionContext } from '../../admission/context.ts';
import { putRuleMetadata } from '../../admission/namespaces/put-rule-metadata.ts';
import { rulesAllow } from '../../admission/namespaces/rules-allow.ts';
import type { NamespaceContext } from '../../admission/namespaces/context.ts';
import type { AdmissionRequest } from '../../admission/request.ts';
import { engineBuildMs, startPool } from '../../engines/render/__fixtures__/engine.ts';
import type { RenderPool } from '../../engines/render/render-pool.ts';
import { createFillRules } from './fill-rules.ts';

/** Rules with templates hold for a namespace from its first moment on. */
let pool: RenderPool;
let context: NamespaceContext;
const tenant = Tenant.decode({
  apiVersion: apiVersionOf(Tenant.type),
  kind: 'Tenant',
  metadata: { name: 'oil' },
  spec: {
    data: { tier: 'free' },
    rules: [
      {
        enforce: {
          action: 'allow',
          metadata: [
            {
              kinds: ['Namespace'],
              labels: {
                of: { managed: '{{ .tenant.metadata.name }}-{{ .namespace.metadata.name }}' },
                tier: { values: [{ exact: ['{{ .tenant.spec.data.tier }}'] }] },
              },
            },
          ],
        },
      },
      {
        namespaceSelector: { matchLabels: { odd: 'yes' } },
        enforce: {
          action: 'allow',
          metadata: [{ kinds: ['Namespace'], labels: { x: { default: '{{ .tenant.none }}' } } }],
        },
      },
    ],
  },
});

beforeAll(async () => {
  pool = await startPool();
  const admission: Partial<AdmissionContext> = {
    fillRules: createFillRules(() => Promise.resolve(pool)),
    configuration: () =>
      CapsuleConfiguration.decode({
        apiVersion: apiVersionOf(CapsuleConfiguration.type),
        kind: 'CapsuleConfiguration',
        metadata: { name: 'default' },
        spec: {},
      }),
    identities: () => ({ administrators: [], ignoredGroups: [], users: [], tenantsOf: () => [] }),
  };
  const shared = { isAdministrator: false, isCapsuleUser: true, owns: () => true };
  // What else hooks know is not asked for by these rules.
  context = { ...shared, admission: admission as AdmissionContext, tenantOf: () => tenant };
}, engineBuildMs);
afterAll(() => pool.close());

const creating = (name: string, labels: Record<string, string> = {}): AdmissionRequest => ({
  uid: 'u',
  kind: { group: '', version: 'v1', kind: 'Namespace' },
  resource: { group: '', version: 'v1', resource: 'namespaces' },
  operation: 'CREATE',
  name,
  userInfo: { username: 'alice' },
  object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } },
  dryRun: false,
});

test('what they manage is put on it', async () => {
  const verdict = await putRuleMetadata.check(creating('oil-apps'), context);
  expect(verdict).toMatchObject({ object: { metadata: { labels: { of: 'oil-oil-apps' } } } });
});

test('what they do not allow is refused', async () => {
  const of = 'oil-oil-apps';
  const asked = (tier: string) => rulesAllow.check(creating('oil-apps', { of, tier }), context);
  expect(await asked('free')).toBeUndefined();
  expect(await asked('gold')).toMatchObject({ verdict: 'deny' });
});

test('a template that cannot be filled in refuses the namespace, and says nothing of it', async () => {
  const verdict = await putRuleMetadata.check(creating('oil-apps', { odd: 'yes' }), context);
  expect(verdict).toMatchObject({ verdict: 'deny', reason: 'RulesNotFilled' });
  expect(JSON.stringify(verdict)).not.toContain('none');
});
