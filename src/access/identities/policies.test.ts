import { expect, test } from 'vitest';
import { holdLabel, identitiesOutliveDeployers } from './policies.ts';

const controller = 'system:serviceaccount:kube-system:namespace-controller';
const held = { [holdLabel]: 'true' };

test.each([
  ['the namespace controller, where accounts are kept', controller, held, false],
  ['the namespace controller elsewhere', controller, {}, true],
  ['anybody else', 'alice', held, true],
])('%s: allowed is %#', (_who, username, namespaceLabels, allowed) => {
  expect(identitiesOutliveDeployers.holds({ username, namespaceLabels })).toBe(allowed);
});
