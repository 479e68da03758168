import { expect, test } from 'vitest';
import { jsonAccept } from './json-accept.ts';

const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';

test.each([
  [undefined, 'application/json'],
  ['', 'application/json'],
  ['*/*', 'application/json'],
  ['application/*;q=0.5', 'application/json'],
  [`${table},application/json`, `${table}, application/json`],
  ['application/vnd.kubernetes.protobuf, application/json', 'application/json'],
  ['application/cbor, Application/JSON;q=0.9', 'Application/JSON;q=0.9'],
  ['application/vnd.kubernetes.protobuf', undefined],
  ['application/cbor', undefined],
  ['application/yaml', undefined],
  // A name that only begins so.
  ['application/jsonx', undefined],
])('of %j it is %j that is asked for', (accept, expected) => {
  expect(jsonAccept(accept)).toBe(expected);
});

test('other types that can be read are asked for as the client has them', () => {
  const protobuf = 'application/vnd.kubernetes.protobuf';
  const accepts = [`${protobuf};stream=watch, application/cbor, */*;q=0.1`, protobuf, 'text/html'];
  expect(accepts.map((accept) => jsonAccept(accept, [protobuf]))).toEqual([
    `${protobuf};stream=watch, application/json`,
    protobuf,
    undefined,
  ]);
});
