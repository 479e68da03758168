import { expect, test } from 'vitest';
import { messageOf } from '../../base/errors.ts';
import { KubeApiError, KubeTransportError } from '../../kube/api-error.ts';
import { explainFailure } from './explain-failure.ts';

const refused = (message: string) => new KubeApiError({ code: 403, message });
const who = 'User "ada" cannot';

test.each([
  [
    `x is forbidden: ${who} patch resource "kustomizations" in API group "kustomize.toolkit.fluxcd.io" in the namespace "team-b"`,
    "'ada' may not patch kustomizations.kustomize.toolkit.fluxcd.io in namespace 'team-b': it takes a RoleBinding there, for example to the ClusterRole 'edit'",
  ],
  [
    `x is forbidden: ${who} get resource "pods" in API group "" in the namespace "team-b"`,
    "'ada' may not get pods in namespace 'team-b': it takes a RoleBinding there, for example to the ClusterRole 'view'",
  ],
  [
    `x is forbidden: ${who} list resource "pods" in API group "" at the cluster scope`,
    "'ada' may not list pods in all namespaces: name one of yours with --namespace",
  ],
  [
    `users "eve" is forbidden: ${who} impersonate resource "users" in API group "" at the cluster scope`,
    "'ada' may not impersonate users: leave out --as",
  ],
  [
    `x is forbidden: ${who} impersonate-on:user-info:create resource "selfsubjectaccessreviews" in API group "authorization.k8s.io" at the cluster scope`,
    "'ada' may not impersonate users: leave out --as",
  ],
  ['a policy says no', 'a policy says no'],
])('%s', (message, text) => {
  expect(messageOf(explainFailure(refused(message)))).toBe(text);
});

test('other failures', () => {
  const unknown = new KubeApiError({ code: 401, message: 'Unauthorized' });
  expect(messageOf(explainFailure(unknown))).toContain('does not know you');
  const away = new KubeTransportError('connect ECONNREFUSED');
  expect(messageOf(explainFailure(away))).toContain('does not answer: connect ECONNREFUSED');
  const own = new Error('mine');
  expect(explainFailure(own)).toBe(own);
});
