import { expect, test } from 'vitest';
import { isAddress, isNetwork, networkContains } from './networks.ts';

test.each([
  ['10.0.0.0/8', '10.1.2.3', true],
  ['10.0.0.0/8', '10.1.0.0/16', true],
  ['10.1.0.0/16', '10.0.0.0/8', false],
  ['10.1.2.3/8', '10.9.9.9', true],
  ['10.0.0.0/8', '11.0.0.0', false],
  ['2001:db8::/32', '2001:db8::1', true],
  ['2001:db8::/32', '10.0.0.1', false],
  ['0.0.0.0/0', '2001:db8::1', false],
  ['10.0.0.0/8', 'junk', false],
  ['junk', '10.0.0.1', false],
])('%s contains %s: %s', (network, inner, contains) => {
  expect(networkContains(network, inner)).toBe(contains);
});

test.each(['010.0.0.1', '::ffff:10.0.0.1', 'fe80::1%eth0', '10.0.0.1 ', '', '10.0.0.0/8'])(
  '%j is no address',
  (text) => expect(isAddress(text)).toBe(false),
);

test.each(['10.0.0.0/08', '10.0.0.0/33', '10.0.0.0', '10.0.0.0/', '::ffff:10.0.0.0/100'])(
  '%j is no network',
  (text) => expect(isNetwork(text)).toBe(false),
);
