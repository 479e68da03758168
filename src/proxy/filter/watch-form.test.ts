import { expect, test } from 'vitest';
import { watchForm } from './watch-form.ts';

test('the event that ends a watch in JSON has its client list again', () => {
  const { expired } = watchForm('application/json;charset=utf-8') ?? {};
  const line = Buffer.from(expired ?? []).toString();
  expect(line.indexOf('\n')).toBe(line.length - 1);
  const object = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 410 };
  expect(JSON.parse(line)).toMatchObject({
    type: 'ERROR',
    object: { ...object, reason: 'Expired' },
  });
});

test('the one in protobuf says the same', () => {
  const { expired } = watchForm('application/vnd.kubernetes.protobuf;stream=watch') ?? {};
  const frame = Buffer.from(expired ?? []);
  expect(frame.readUInt32BE()).toBe(frame.length - 4);
  const code = Buffer.from([(6 << 3) | 0, 0x80 | (410 & 0x7f), 410 >> 7]);
  expect(frame.includes(code)).toBe(true);
  expect(frame.toString('latin1')).toMatch(/ERROR.*k8s\0.*v1.*Status.*Failure.*again.*Expired/s);
});

test.each(['application/cbor-seq', 'text/plain', '', 'constructor', 'application/jsonx'])(
  'into %j nothing can be put',
  (type) => {
    expect(watchForm(type)).toBeUndefined();
  },
);
