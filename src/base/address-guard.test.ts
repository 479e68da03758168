import { describe, expect, test } from 'vitest';
import { AddressError, isAllowedAddress, resolveAllowed } from './address-guard.ts';

const strict = { allowLoopback: false, allowLinkLocal: false };

describe('addresses', () => {
  test.each([
    '169.254.169.254',
    '169.254.0.1',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '0:0:0:0:0:ffff:a9fe:a9fe',
    'fe80::1',
    'fe80::1%eth0',
    'febf::1',
    'fd00:ec2::254',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    '100.100.100.200',
    '168.63.129.16',
    '0.0.0.0',
    '::',
    '255.255.255.255',
    '224.0.0.1',
    'ff02::1',
  ])('%s is refused', (address) => {
    expect(isAllowedAddress(address, strict)).toBe(false);
    expect(isAllowedAddress(address, { ...strict, allowLoopback: true })).toBe(false);
  });

  test.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])(
    '%s only if allowed',
    (address) => {
      expect(isAllowedAddress(address, strict)).toBe(false);
      expect(isAllowedAddress(address, { ...strict, allowLoopback: true })).toBe(true);
    },
  );

  test.each([
    '10.0.0.1',
    '192.168.1.1',
    '172.16.0.1',
    '8.8.8.8',
    'fd12::1',
    '2001:db8::1',
    '170.0.0.1',
  ])('%s is fine: servers of the cluster are private', (address) =>
    expect(isAllowedAddress(address, strict)).toBe(true),
  );

  test('link-local can be allowed, the rest not', () => {
    const open = { allowLoopback: true, allowLinkLocal: true };
    expect(isAllowedAddress('169.254.1.1', open)).toBe(true);
    expect(isAllowedAddress('0.0.0.0', open)).toBe(false);
  });
});

describe('names', () => {
  test('are refused by what they resolve to', async () => {
    const error: unknown = await resolveAllowed('localhost', strict).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(AddressError);
    expect((error as AddressError).code).toBe('address-refused');
    expect(await resolveAllowed('localhost', { ...strict, allowLoopback: true })).not.toEqual([]);
  });

  test('that do not resolve are unreachable', async () => {
    await expect(resolveAllowed('no-such.invalid', strict)).rejects.toMatchObject({
      code: 'unreachable',
    });
  });

  test('addresses are taken as they are', async () => {
    expect(await resolveAllowed('10.1.2.3', strict)).toEqual(['10.1.2.3']);
  });
});
