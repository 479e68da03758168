import { expect, test } from 'vitest';
import { KubeApiError, KubeTransportError } from '../../kube/api-error.ts';
import { NotServedError } from './target.ts';
import { outcomeOf } from './tries.ts';

const answer = (code: number, message: string, reason?: string) =>
  new KubeApiError({ code, message, ...(reason !== undefined && { reason }) });

test.each([
  [answer(403, 'User "a" cannot list resource "secrets"'), 'refused'],
  [answer(422, `ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no`), 'refused'],
  [answer(400, 'admission webhook "w" denied the request: no'), 'refused'],
  [answer(404, 'secrets "bait" not found', 'NotFound'), 'refused'],
  [answer(409, 'namespaces "x" already exists', 'AlreadyExists'), 'refused'],
  [answer(404, 'the server could not find the requested resource', 'NotFound'), 'untried'],
  [answer(409, 'the object has been modified', 'Conflict'), 'untried'],
  [answer(422, 'spec.ports: Required value', 'Invalid'), 'untried'],
  [answer(500, 'failed calling webhook "w": no endpoints'), 'untried'],
  [answer(401, 'Unauthorized'), 'untried'],
  [new KubeTransportError('connect ECONNREFUSED'), 'untried'],
  [new NotServedError('the cluster serves no Kustomization'), 'skipped'],
])('%s is %s', (error, verdict) => {
  expect(outcomeOf(error, 'by a patch', 'default').verdict).toBe(verdict);
});

test('that nobody may be impersonated says nothing about the attack', () => {
  const refused = answer(403, 'User "admin" cannot impersonate resource "users" in API group ""');
  expect(() => outcomeOf(refused, 'by a patch', 'default')).toThrow(refused);
});
