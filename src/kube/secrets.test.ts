import { describe, expect, test } from 'vitest';
import type { KubeObject } from './object.ts';
import { secretData, secretText } from './secrets.ts';

const secret = (data: unknown): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace: 'ns', name: 's' },
  data,
});
const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64');

test('values are decoded, as bytes and as text', () => {
  const data = secretData(
    secret({ username: base64('bob'), raw: base64(Buffer.from([0, 255])), empty: '' }),
  );
  expect(secretText(data, 'username')).toBe('bob');
  expect(secretText(data, 'empty')).toBe('');
  expect(secretText(data, 'absent')).toBeUndefined();
  expect([...(data.get('raw') ?? [])]).toEqual([0, 255]);
  expect(() => secretText(data, 'raw')).toThrow(/'raw' is not UTF-8/);
});

test.each([undefined, null, [], 'x', 7])('data %j holds nothing', (data) => {
  expect(secretData(secret(data)).size).toBe(0);
});

test('keys are the tenant’s: __proto__ is one like any other', () => {
  const data = secretData(secret(JSON.parse(`{"__proto__":"${base64('x')}"}`)));
  expect([...data.keys()]).toEqual(['__proto__']);
  expect(secretText(secretData(secret({})), 'toString')).toBeUndefined();
});

test('base64 with line breaks is base64', () => {
  expect(secretText(secretData(secret({ a: 'Ym\nFy\r\n' })), 'a')).toBe('bar');
});

describe('refused, without telling the value', () => {
  test.each([
    ['hunter2!'],
    ['hunter'],
    ['aHVudGVy==='],
    ['aHVu dGVy'],
    ['aHVudGVy_-aa'],
    [7],
    [null],
    [{}],
  ])('%j', (value) => {
    const read = () => secretData(secret({ password: value }));
    expect(read).toThrow(expect.objectContaining({ code: 'NotBase64' }) as Error);
    expect(read).toThrow(/^Secret 'ns\/s': key 'password' is not base64$/);
  });

  test('more than a megabyte, in one value or in many', () => {
    const tooLarge = expect.objectContaining({ code: 'TooLarge' }) as Error;
    expect(() => secretData(secret({ a: base64('x'.repeat(1024 * 1024 + 1)) }))).toThrow(tooLarge);
    const half = base64('x'.repeat(600_000));
    expect(() => secretData(secret({ a: half, b: half }))).toThrow(tooLarge);
    expect(() => secretData(secret({ a: 'x'.repeat(3_000_000) }))).toThrow(/not base64/);
  });
});
