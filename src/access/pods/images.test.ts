import { expect, test } from 'vitest';
import { noPolicies } from '../../../test/support/first-ring.ts';
import { firstRefusal } from '../policy/rule.ts';
import { podFacts } from './facts.ts';
import { imagesAllowed, registryOf } from './images.ts';

test.each([
  ['nginx', '', false],
  ['library/nginx', 'library', false],
  ['docker.io/library/nginx:1', 'docker.io', true],
  ['reg:5000/x@sha256:0', 'reg:5000', true],
  ['localhost/x', 'localhost', true],
  ['', '', false],
])('%s is from %j', (image, named, isHost) => {
  expect(registryOf(image)).toEqual({ named, isHost });
});

const registries = { names: ['good.example'], pattern: '^[a-z]+\\.corp$', choices: 'good.example' };
const pod = (spec: object) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web' },
  spec: { containers: [{ name: 'c', image: 'good.example/c' }], ...spec },
});
const verdict = (spec: object, before?: object) =>
  firstRefusal(
    [imagesAllowed],
    podFacts({ ...noPolicies, registries }, pod(spec), before && pod(before)),
  );

test('every container and every volume that is an image counts', () => {
  const image = 'evil.example/x';
  expect(verdict({})).toBeUndefined();
  expect(verdict({ containers: [{ name: 'c', image: 'harbor.corp/x' }] })).toBeUndefined();
  for (const spec of [
    { containers: [{ name: 'c', image }] },
    { initContainers: [{ name: 'i', image }] },
    { ephemeralContainers: [{ name: 'e', image }] },
    { volumes: [{ name: 'v', image: { reference: image } }] },
  ]) {
    expect(verdict(spec)?.message).toBe(
      "image 'evil.example/x' is not from a registry that the tenant may use; allowed: good.example",
    );
  }
});

test('an image that is there already is left alone', () => {
  const old = { containers: [{ name: 'c', image: 'old.example/x' }] };
  expect(verdict(old, old)).toBeUndefined();
  expect(verdict(old, {})).toBeDefined();
});
