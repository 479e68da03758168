import { expect, test } from 'vitest';
import { addressesByControllers as rule, type AddressFacts } from './address-policies.ts';

const service = (status?: object): AddressFacts['after'] => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  ...(status && { status }),
});
const addressed = service({ loadBalancer: { ingress: [{ ip: '10.96.0.1' }] } });

test.each<[string, AddressFacts, boolean]>([
  ['another address', { before: service(), after: addressed, mayEverywhere: false }, false],
  ['no address any more', { before: addressed, after: service(), mayEverywhere: false }, false],
  ['the same', { before: addressed, after: addressed, mayEverywhere: false }, true],
  ['a controller’s', { before: service(), after: addressed, mayEverywhere: true }, true],
])('%s', (_, facts, holds) => expect(rule.holds(facts)).toBe(holds));
