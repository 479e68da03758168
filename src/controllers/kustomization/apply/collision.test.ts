import { expect, it } from 'vitest';
import { KubeApiError } from '../../../kube/api-error.ts';
import { isCollision } from './collision.ts';

it.each([
  [true, 409, 'Conflict', 'Operation cannot be fulfilled on configmaps "a"'],
  [true, 409, 'AlreadyExists', 'configmaps "a" already exists'],
  [false, 409, 'Conflict', 'admission webhook "hosts.example.org" denied the request: taken'],
  [false, 409, 'Unknown', 'admission webhook "hosts.example.org" denied the request: taken'],
  [false, 409, 'StorageError', 'something else'],
  [false, 403, 'Forbidden', 'configmaps "a" is forbidden'],
  [false, 422, 'Invalid', 'ConfigMap "a" is invalid'],
])('is %s of %i %s: %s', (expected, code, reason, message) => {
  expect(isCollision(new KubeApiError({ code, reason, message }))).toBe(expected);
});

it('is true of another object of the name, and of nothing that is no answer', () => {
  const causes = [{ field: 'metadata.uid', message: 'may not be changed' }];
  expect(isCollision(new KubeApiError({ code: 422, message: 'invalid', causes }))).toBe(true);
  expect(isCollision(new Error('Conflict'))).toBe(false);
});
