import { expect, test } from 'vitest';
import { CapsuleConfiguration } from '../../api/capsule/capsule-configuration.ts';
import { hooks } from '../hooks.ts';
import { webhookConfigurations } from './webhook-configurations.ts';

const home = 'tenantry-system';
const webhook = { admissionReviewVersions: ['v1'], sideEffects: 'None', failurePolicy: 'Fail' };

/** As Capsule's chart renders it, where certificates are cert-manager's. */
const part = (namespace: string) => ({
  name: 'capsule-dynamic-webhook',
  annotations: { 'cert-manager.io/inject-ca-from': `${namespace}/capsule-webhook-cert` },
  client: { service: { name: 'webhooks', namespace, port: 9443 } },
  webhooks: [{ ...webhook, name: 'x', path: '/rulestatus/validating', timeoutSeconds: 30 }],
});

const registered = (admission: object) => {
  const configuration = CapsuleConfiguration.decode({
    apiVersion: 'capsule.clastix.io/v1beta2',
    kind: 'CapsuleConfiguration',
    metadata: { name: 'default' },
    spec: { admission },
  });
  const [validating] = webhookConfigurations({ configuration, hooks, counted: [], home });
  const entries = validating?.['webhooks'] as { name: string; clientConfig: object }[];
  const entry = entries.find(({ name }) => name.startsWith('rulestatus.'));
  return { metadata: validating?.metadata, entry };
};

test('what is said of a server of ours counts', () => {
  const { metadata, entry } = registered({ validating: part(home) });
  expect(metadata).toMatchObject({
    name: 'capsule-dynamic-webhook',
    annotations: { 'cert-manager.io/inject-ca-from': `${home}/capsule-webhook-cert` },
  });
  expect(entry).toMatchObject({
    clientConfig: { service: { name: 'webhooks', namespace: home, port: 9443 } },
    failurePolicy: 'Fail',
    timeoutSeconds: 30,
  });
});

test('what a configuration of Capsule says of its server does not: ours is asked', () => {
  const said = { serviceName: 'capsule-webhook-service-of-capsule' };
  const capsules = 'capsule-system';
  const { metadata, entry } = registered({
    ...said,
    mutating: part(capsules),
    validating: part(capsules),
  });
  expect(metadata?.name).toBe('capsule-validating-webhook-configuration');
  expect(metadata?.annotations).toBeUndefined();
  expect(entry).toMatchObject({
    clientConfig: { service: { name: 'capsule-webhook-service', namespace: home, port: 443 } },
    failurePolicy: 'Ignore',
    timeoutSeconds: 10,
  });
});
